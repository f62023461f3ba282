"""What a password must be: long, not a usual one, and not made of what everybody knows about its owner."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

LEAST, MOST = 12, 128
HINT = f"{LEAST} 至 {MOST} 个字符，可以是一句话；不要用工号、姓名、学校名称或常见密码。"
_SHORTEST_NAME = 2  # a single character would forbid too much
_SHORTEST_USERNAME = 4


@cache
def _common() -> frozenset[str]:
    text = files("portal.rules").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


def problems(password: str, *, username: str = "", name: str = "", school: str = "") -> list[str]:
    """Why the password cannot be taken, as Chinese sentences; empty when it can.

    Letters of another case or width, and digits or marks hung on a usual password, make no difference.
    """
    if not LEAST <= len(password) <= MOST:
        return [f"密码须为 {LEAST} 至 {MOST} 个字符，现在有 {len(password)} 个。"]
    plain = _plain(password)
    found = []
    if len(username) >= _SHORTEST_USERNAME and _plain(username) in plain:
        found.append("密码中不能含有工号。")
    if len(_plain(name)) >= _SHORTEST_NAME and _plain(name) in plain:
        found.append("密码中不能含有姓名。")
    if len(_plain(school)) >= _SHORTEST_NAME and _plain(school) in plain:
        found.append("密码中不能含有学校名称。")
    if _usual(plain):
        found.append("这是常见密码或简单的重复，容易被猜到，请换一个。")
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace())


def _usual(plain: str) -> bool:
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return not core or plain in _common() or core in _common() or len(set(plain)) < 5 or _repeats(plain)


def _repeats(plain: str) -> bool:
    """Whether it is one short piece over and over: abcabcabcabc."""
    return any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, 7))
