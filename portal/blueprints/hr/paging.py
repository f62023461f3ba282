"""What HR's long lists read from the address: a word to find, and the row a page begins after."""

from __future__ import annotations

import re

from flask import request

LONGEST = 60  # characters looked for
_ROW = re.compile(r"[0-9]{1,9}")  # every row number a database column can hold, and no more


def asked() -> tuple[str, int | None]:
    """The word and the row number of this request; what no page of ours wrote counts as not given."""
    word = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST]
    before = request.args.get("before", "")
    return word, int(before) if _ROW.fullmatch(before) else None
