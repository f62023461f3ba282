"""Makes a visit that breaks something as small as it can be: fewer requests, then less of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from fuzz.calls import Call, Form, Raw

TRIES = 150  # each is a visit from the start
LONGEST = 40  # characters of a value that is worth keeping as it is

Shows = Callable[[tuple[Call, ...]], bool]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def narrowed(calls: Sequence[Call], shows: Shows) -> tuple[Call, ...]:
    """The least of these requests for which `shows` is still true."""
    fewest = _fewest(tuple(calls), shows)
    known: dict[tuple[Call, ...], bool] = {fewest: True}

    def still(given: tuple[Call, ...]) -> bool:
        if given not in known:
            known[given] = len(known) < TRIES and shows(given)
        return known[given]

    try:
        return find(
            _smaller(fewest),
            still,
            random=random.Random(0),  # noqa: S311
            settings=settings(
                max_examples=TRIES,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
    except NoSuchExample:
        return fewest


def _fewest(calls: tuple[Call, ...], shows: Shows) -> tuple[Call, ...]:
    """The last alone if that will do; else without every run of requests that can be left out."""
    if shows(calls[-1:]):
        return calls[-1:]
    size = len(calls) // 2
    while size:
        at = 0
        while at < len(calls):
            fewer = calls[:at] + calls[at + size :]
            if fewer and shows(fewer):
                calls = fewer
            else:
                at += size
        size //= 2
    return calls


@st.composite
def _smaller(draw: Draw, calls: tuple[Call, ...]) -> tuple[Call, ...]:
    return tuple(_less(draw, call) for call in calls if _keeps(draw))


def _keeps(draw: Draw) -> bool:
    return bool(draw(st.integers(0, 9)))  # mostly; without is simpler


def _less(draw: Draw, call: Call) -> Call:
    body = call.body
    if isinstance(body, Raw) and len(body.data) > 1 and not _keeps(draw):
        body = replace(body, data=body.data[: draw(st.integers(0, len(body.data)))])
    elif isinstance(body, Form):
        files = tuple(file for file in body.files if _keeps(draw))
        body = Form(_fewer(draw, body.fields), files)
    return replace(
        call,
        body=body,
        headers=tuple(pair for pair in call.headers if _keeps(draw)),
        query=_fewer(draw, call.query),
    )


def _fewer(draw: Draw, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    kept = [pair for pair in pairs if _keeps(draw)]
    return tuple((name, value if len(value) < LONGEST or _keeps(draw) else value[:1]) for name, value in kept)
