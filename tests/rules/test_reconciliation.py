"""Why the platform shows something else: a table of cases, and what must hold for all figures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.reconciliation import Cause, Item, Likely, Year, compare

A, B, C = Item("a", 24 * 4), Item("b", 10 * 4), Item("c", 10 * 4)

# what differs from a year of 60 hours here, what the platform shows in hundredths: cause, certain, items
CASES: list[tuple[str, dict[str, Any], Likely | None]] = [
    ("the same", {"there": 6000}, None),
    ("the same, elsewhere", {"there": 6000, "region": "潍坊市"}, None),
    ("rounded down", {"there": 5970}, Likely(Cause.ROUNDING, True)),
    ("rounded up", {"there": 6049}, Likely(Cause.ROUNDING, True)),
    ("half an hour is no rounding", {"there": 5950}, Likely(Cause.UNKNOWN)),
    ("another region", {"there": 0, "region": "潍坊市", "not_entered": (A,)}, Likely(Cause.REGION)),
    ("waits there", {"there": 5000, "waiting": 1000, "region": "省直"}, Likely(Cause.WAITING, True)),
    ("waits there in part", {"there": 4000, "waiting": 1000}, Likely(Cause.WAITING)),
    ("not pushed on", {"there": 5600, "unpushed": 400}, Likely(Cause.UNPUSHED, True)),
    ("not pushed on in part", {"there": 5000, "unpushed": 400}, Likely(Cause.UNPUSHED)),
    ("one not entered", {"there": 3600, "not_entered": (A, B)}, Likely(Cause.NOT_ENTERED, True, ("a",))),
    (
        "two not entered",
        {"there": 2600, "not_entered": (A, B, C)},
        Likely(Cause.NOT_ENTERED, True, ("a", "b")),
    ),
    ("entered in part", {"there": 5900, "not_entered": (A,)}, Likely(Cause.NOT_ENTERED, False, ("a",))),
    (
        "a course not pushed",
        {"there": 5000, "courses": (Item("k", 16), Item("l", 24))},
        Likely(Cause.UNPUSHED, True),
    ),
    ("nothing there but courses here", {"there": 0, "courses": (Item("k", 16),)}, Likely(Cause.UNPUSHED)),
    (
        "revoked after it was typed",
        {"there": 7000, "too_much": (B,)},
        Likely(Cause.TO_CORRECT, True, ("b",)),
    ),
    ("not decided here", {"there": 8400, "pending": (A,)}, Likely(Cause.NOT_DECIDED, True, ("a",))),
    ("all of it twice", {"there": 12000}, Likely(Cause.DOUBLED, True)),
    ("one claim twice", {"there": 8400, "entered": (A, B)}, Likely(Cause.DOUBLED, False, ("a",))),
    ("one course twice", {"there": 6400, "courses": (Item("k", 16),)}, Likely(Cause.DOUBLED)),
    ("lowered, and more", {"there": 7500, "too_much": (B,)}, Likely(Cause.TO_CORRECT, False, ("b",))),
    ("nobody knows", {"there": 1234}, Likely(Cause.UNKNOWN)),
]


@pytest.mark.parametrize(("facts", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_likely_cause(facts: dict[str, Any], expected: Likely | None) -> None:
    assert compare(Year(here=60 * 4, **facts)) == expected


items = st.lists(st.integers(2, 40), max_size=8).map(
    lambda amounts: tuple(Item(str(number), amount) for number, amount in enumerate(amounts))
)


@given(st.integers(0, 400), st.integers(0, 12_000), items)
def test_a_certain_finding_adds_up(here: int, there: int, claims: tuple[Item, ...]) -> None:
    found = compare(Year(here=here, there=there, not_entered=claims))
    assert (found is None) == (here * 25 == there)
    if found is not None and found.cause is Cause.NOT_ENTERED and found.certain:
        amounts = {item.id: item.quarters for item in claims}
        assert len(set(found.items)) == len(found.items)
        assert sum(amounts[one] for one in found.items) * 25 == here * 25 - there
