"""What closes a gap: never more than a cap leaves, and never a way that is used up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.rules.gaps import Gap, gap
from portal.rules.policy import shipped

POLICY = shipped().for_year(2025)
HOUR = 4


def ask(missing: int, **given: object) -> Gap:
    """A gap of the professional subject, hours in, with nothing taken unless said."""
    plain: dict[str, object] = {"pending": (0, 0), "taken": {}, "waiting": {}, "free_days": 300}
    return gap(POLICY, "professional", missing=missing * HOUR, **{**plain, **given})  # type: ignore[arg-type]


def ways(found: Gap) -> dict[str, int]:
    """First category of each way -> hours gained."""
    return {way.categories[0]: way.gain // HOUR for way in found.ways}


def test_six_hours_may_come_from_anything_with_room() -> None:
    assert ways(ask(6)) == {"course": 6, "training": 6, "self_study": 6, "achievement": 6}


def test_a_cap_offers_only_what_it_leaves() -> None:
    found = ask(60, taken={"self_study": 35 * HOUR, "publication": 20 * HOUR})
    assert ways(found) == {"course": 60, "training": 60, "self_study": 5, "achievement": 10}


def test_a_full_cap_is_named_instead_of_offered() -> None:
    found = ask(6, taken={"publication": 20 * HOUR}, waiting={"achievement": 10 * HOUR})
    assert "achievement" not in ways(found)
    (full,) = found.used_up
    assert (full.limit, full.taken, full.pending) == (30 * HOUR, 20 * HOUR, 10 * HOUR)


def test_pending_claims_are_counted_at_their_least() -> None:
    found = ask(16, pending=(4 * HOUR, 10 * HOUR))
    assert (found.rest, ways(found)["training"]) == (12 * HOUR, 12)
    assert ask(8, pending=(8 * HOUR, 8 * HOUR)).ways == ()


def test_training_needs_days_that_are_free() -> None:
    training = next(way for way in ask(20).ways if way.measure == "days")
    assert (training.gain, training.days) == (20 * HOUR, 3)
    assert ways(ask(20, free_days=1))["training"] == 8
    assert "training" not in ways(ask(20, free_days=0))


def test_works_come_whole() -> None:
    items = next(way for way in ask(16).ways if way.measure == "items")
    assert (items.items, items.gain) == (2, 16 * HOUR)


def test_a_public_gap_is_closed_by_public_ways_only() -> None:
    found = gap(POLICY, "public", missing=8 * HOUR, pending=(0, 0), taken={}, waiting={}, free_days=9)
    assert set(ways(found)) == {"course", "training"}


def test_courses_of_a_past_year_are_over() -> None:
    assert "course" not in ways(ask(6, closed=("course",)))


@given(
    missing=st.integers(1, 60),
    study=st.integers(0, 40),
    works=st.integers(0, 3),
    waiting=st.integers(0, 3),
    free=st.integers(0, 366),
)
def test_no_way_ever_goes_beyond_a_cap(missing: int, study: int, works: int, waiting: int, free: int) -> None:
    pending = min(waiting, 3 - works) * 10 * HOUR
    found = ask(
        missing,
        taken={"self_study": study * HOUR, "achievement": works * 10 * HOUR},
        waiting={"publication": pending},
        free_days=free,
    )
    gains = ways(found)
    assert gains.get("self_study", 0) <= 40 - study
    assert gains.get("achievement", 0) <= 30 - works * 10 - pending // HOUR
    assert gains.get("training", 0) <= 8 * free
    assert all(0 < gain <= missing for gain in gains.values())
