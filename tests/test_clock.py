"""The year turns at midnight in Shanghai, wherever the server stands."""

import time
from datetime import UTC, date, datetime

import pytest

from portal.clock import parse_today, shanghai_date


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2025, 12, 31, 16, 0, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2024, 2, 28, 16, 0, 0, tzinfo=UTC), date(2024, 2, 29)),
    ],
)
def test_the_date_is_shanghais(monkeypatch, zone, instant, day):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert shanghai_date(instant) == day
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_means_eight_in_the_morning():
    assert parse_today("2025-12-01") == datetime(2025, 12, 1, 0, 0, tzinfo=UTC)
    assert parse_today("2025-12-31T23:59:59") == datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC)
