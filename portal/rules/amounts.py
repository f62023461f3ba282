"""Hours as integer quarter-hours: the only place where text becomes an amount and back.

Inside the portal an amount is an `int` of quarters (1 h = 4). At the edge it is a decimal
multiple of half an hour. Anything else is an error and is never rounded.
"""

from __future__ import annotations

import re
from functools import lru_cache

PER_HOUR = 4
STEP = 2  # half an hour, in quarters
_HOURS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")


class BadAmount(ValueError):
    """The text is not a number of hours in steps of half an hour."""


def parse_hours(text: str) -> int:
    """Quarters for a text such as "24" or "7.5"; ASCII digits only, no sign, no exponent.

    Raises BadAmount with a Chinese sentence that says what is wrong.
    """
    cleaned = text.strip()
    if not _HOURS.fullmatch(cleaned):
        raise BadAmount(f"“{cleaned[:20]}”不是学时数，请填写如 8 或 7.5 的数字。")
    whole, _, fraction = cleaned.partition(".")
    fraction = fraction.rstrip("0")
    if fraction not in ("", "5"):
        raise BadAmount(f"{cleaned} 学时不是 0.5 的倍数，请按半学时填写。")
    return int(whole) * PER_HOUR + (STEP if fraction else 0)


@lru_cache(maxsize=8192)
def show_hours(quarters: int) -> str:
    """Hours without trailing zeros for quarters: 96 -> "24", 30 -> "7.5", -2 -> "-0.5"."""
    sign, quarters = ("-", -quarters) if quarters < 0 else ("", quarters)
    whole, rest = divmod(quarters, PER_HOUR)
    return sign + str(whole) + ("", ".25", ".5", ".75")[rest]
