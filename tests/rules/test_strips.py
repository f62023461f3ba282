"""The line of days: everything lies on it, months break where they begin, long claims stay readable."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.rules.strips import MOST_LANES, Span, stretched, strip


@st.composite
def spans(draw: st.DrawFn, state: str = "approved") -> Span:
    """A training of up to a year and a half."""
    start = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 500)))
    return Span(start, start + timedelta(days=draw(st.integers(0, 540))), 32, "培训", state)


@given(spans("claim"), st.lists(spans(), max_size=8))
def test_every_bar_lies_on_the_line_and_the_claim_is_whole(claim: Span, others: list[Span]) -> None:
    others = [one for one in others if one.start <= claim.end and claim.start <= one.end]
    line = strip(claim, others)
    assert line.first < claim.start
    assert claim.end < line.last
    assert len(line.bars) + line.more == 1 + len(others)
    for bar in line.bars:
        assert bar.left >= 0
        assert bar.width > 0
        assert bar.left + bar.width <= 100.1
    assert not line.bars[0].before
    assert line.days <= 2 * (claim.end - claim.start).days + 20
    assert len([mark for mark in line.marks if mark.month]) <= 7
    assert len([mark for mark in line.marks if not mark.month]) <= 8
    assert len(line.bars) <= MOST_LANES + 1


def test_those_that_hold_room_are_drawn_before_those_that_wait() -> None:
    claim, day = Span(date(2025, 7, 1), date(2025, 7, 9), 96, "研修", "claim"), date(2025, 7, 5)
    waiting = [Span(date(2025, 7, 1), day, 8, f"待审{n}", "pending") for n in range(MOST_LANES)]
    held = Span(day, day, 32, "已通过", "approved")
    line = strip(claim, [*waiting, held])
    assert held in [bar.span for bar in line.bars]
    assert line.more == 1


def test_what_lies_too_far_away_is_counted_and_not_drawn() -> None:
    claim = Span(date(2025, 7, 1), date(2025, 7, 2), 64, "研修", "claim")
    beside = Span(date(2025, 7, 3), date(2025, 7, 4), 64, "隔壁", "approved")
    far = Span(date(2025, 9, 1), date(2025, 9, 2), 64, "远处", "approved")
    line = strip(claim, [beside, far])
    assert [bar.span.title for bar in line.bars] == ["研修", "隔壁"]
    assert (line.more, line.last) == (1, date(2025, 7, 4))


def test_a_month_begins_where_its_first_day_lies() -> None:
    line = strip(Span(date(2025, 10, 30), date(2025, 11, 2), 64, "会议", "claim"), [])
    (november,) = [mark for mark in line.marks if mark.month and mark.text == "11月"]
    assert line.first == date(2025, 10, 29)
    assert november.left == 50.0  # the fourth of six days
    turn = strip(Span(date(2024, 12, 28), date(2025, 1, 4), 64, "研修", "claim"), [])
    assert [mark.text for mark in turn.marks if mark.month] == ["2024年12月", "2025年1月"]


def test_a_long_neighbour_is_cut_and_says_so() -> None:
    other = Span(date(2025, 1, 1), date(2025, 12, 31), 640, "访学", "approved")
    line = strip(Span(date(2025, 7, 1), date(2025, 7, 3), 96, "研修", "claim"), [other])
    assert (line.bars[1].before, line.bars[1].after) == (True, True)
    assert line.days == 17


def test_hours_are_stretched_below_half_of_what_the_days_allow() -> None:
    assert stretched(quarters=47, days=3, per_day=32)
    assert not stretched(quarters=48, days=3, per_day=32)
    assert stretched(quarters=35, days=3, per_day=24)  # another policy's six hours a day
    assert not stretched(quarters=2, days=1, per_day=32)
    assert not stretched(quarters=2, days=9, per_day=None)
