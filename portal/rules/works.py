"""Tells whether two works are one: numbers and titles brought to a form in which equal means the same."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from urllib.parse import unquote

BOOKS = frozenset(
    {"著作", "译著"}
)  # an ISBN names the book; for a paper it names the volume it is one of many in
PATENT, PROJECT, AWARD = "专利", "课题", "成果奖"
NUMBERED = frozenset({PROJECT, AWARD})
SHORTEST = 4  # letters and digits of a number that is no DOI, ISBN or patent
KEY_LENGTH = 160
LONGEST = 200  # of a title key, as the column is
ALIKE = 0.8  # from this share of common letter pairs on, titles are worth a second look

_DOI = re.compile(r"10\.\d{4,9}/[!-~]+")
_ISBN = re.compile(r"(?<!\d)(?:97[89][- ]?)?(?:\d[- ]?){9}[\dX](?!\d)")
_NO_WORK = re.compile(r"(?:19|20)\d\d|.*\d(?:年|卷|期|页).*")  # a year, or a place in a journal
_LABELS = re.compile(
    r"^(?:(?:项目|课题|立项|成果|证书|专利|申请|授权|批准|获奖|基金|资助|合同|计划)*编?号|ISBN|DOI|NO)[:.\s]*"
)
_ORDINAL = re.compile(
    r"\d+|第([一二三四五六七八九十百]+)|\(([一二三四五六七八九十]+)\)|(?<=[\u4e00-\u9fff])([IVX]+)(?![A-Za-z])"
)
_DIGITS = {sign: str(number) for number, sign in enumerate("一二三四五六七八九", start=1)}
_ROMAN = {"I": 1, "V": 5, "X": 10}


def work_key(kind: str, work_id: str) -> str | None:
    """What a work's number identifies, comparable between claims; None when it identifies no single work.

    A DOI counts for every kind; the ISBN for books alone, its two forms being equal; patents by application
    or publication number without prefix, dots and check digit; anything else by its letters and digits
    within the kind.
    """
    text = "".join(c for c in _folded(work_id).strip() if c.isprintable())
    if doi := _doi(text):
        return f"doi:{doi}"[:KEY_LENGTH]
    text = text.upper()
    if kind in BOOKS and (isbn := _isbn(text)):
        return f"isbn:{isbn}"
    if kind == PATENT:
        return _patent(_plain(text))
    if kind not in BOOKS | NUMBERED and (text.startswith(("ISSN", "CN ")) or _ISBN.search(text)):
        return None  # a journal or a volume, with many works in it
    return _numbered(kind, text)


def isbn_faulty(kind: str, work_id: str) -> bool:
    """Whether a book's number has the shape of an ISBN and a check digit that does not fit."""
    text = _folded(work_id).upper()
    return kind in BOOKS and not _doi(text) and _ISBN.search(text) is not None and _isbn(text) is None


@lru_cache(maxsize=4096)
def title_key(title: str) -> str | None:
    """A title without width, case, punctuation, spaces and 《》; None when nothing is left."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(c for c in folded if c.isalnum())[:LONGEST] or None


def similarity(one: str, other: str) -> float:
    """Dice's coefficient of the titles' letter pairs, 0 to 1, over their keys; linear in their length.

    Titles that count differently (第一期 and 第二期, 2024 and 2025) are different works: 0.
    """
    first, second = title_key(one), title_key(other)
    if first is None or second is None:
        return 0.0
    if first == second:
        return 1.0
    if _ordinals(one) != _ordinals(other):
        return 0.0
    pairs, others = _pairs(first), _pairs(second)
    total = max(len(first) - 1, 0) + max(len(second) - 1, 0)
    return (
        2 * sum(min(n, others[pair]) for pair, n in pairs.items() if pair in others) / total if total else 0.0
    )


def alike(one: str, other: str) -> bool:
    """Whether two titles may well name the same thing."""
    return similarity(one, other) >= ALIKE


def _folded(text: str) -> str:
    """One width, and one dash for the many that text processors put in its place."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join("-" if unicodedata.category(c) == "Pd" or c == "\N{MINUS SIGN}" else c for c in plain)


def _doi(text: str) -> str | None:
    found = _DOI.search(re.sub(r"\s+", "", unquote(text)))
    if found is None:
        return None
    doi = found[0].rstrip(".,;:'\"").casefold()
    while doi.endswith((")", "]", "(", "[")) and not _balanced(doi):
        doi = doi[:-1].rstrip(".,;:'\"")
    return doi


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")


def _isbn(text: str) -> str | None:
    """The thirteen digits of the first ISBN in the text whose check digit fits."""
    for found in _ISBN.finditer(text):
        digits = re.sub(r"[- ]", "", found[0])
        if len(digits) == 10:
            values = [10 if c == "X" else int(c) for c in digits]
            if sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0:
                body = "978" + digits[:9]
                return body + str(-_weighed(body) % 10)
        elif digits[-1] != "X" and (_weighed(digits[:12]) + int(digits[12])) % 10 == 0:
            return digits
    return None


def _weighed(digits: str) -> int:
    return sum(int(c) * (3 if place % 2 else 1) for place, c in enumerate(digits))


def _patent(text: str) -> str | None:
    text = re.sub(r"^(?:专利|申请|授权|公告|公开)*号?", "", text)
    if published := re.fullmatch(r"CN([123]\d{6,8})[ABCSUY]\d?", text):
        return f"patent:pub:{published[1]}"
    if filed := re.fullmatch(r"(?:ZL|CN)*(\d{12}|\d{8})[\dX]?", text):
        return f"patent:{filed[1]}"
    return f"patent:{text}"[:KEY_LENGTH] if len(text) >= SHORTEST and any(c.isdigit() for c in text) else None


def _numbered(kind: str, text: str) -> str | None:
    bare = _LABELS.sub("", text)
    plain = _plain(bare)
    if len(plain) < SHORTEST or not any(c.isdigit() for c in plain) or _NO_WORK.fullmatch(plain):
        return None
    family = {PROJECT: "project", AWARD: "award"}.get(kind, "book" if kind in BOOKS else "paper")
    return f"{family}:{plain}"[:KEY_LENGTH]


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _ordinals(title: str) -> list[str]:
    """What the title counts, in digits: 第一期, 第1期 and 研究Ⅰ all count one."""
    return [
        _of_roman(found[3]) if found[3] else _of_chinese(found[1] or found[2]) or found[0]
        for found in _ORDINAL.finditer(unicodedata.normalize("NFKC", title))
    ]


def _of_chinese(text: str | None) -> str:
    """In digits, up to 九十九; larger ones stay as they are written."""
    if not text or "百" in text:
        return text or ""
    tens, ten, ones = text.partition("十")
    if not ten:
        return "".join(_DIGITS[sign] for sign in tens)
    return _DIGITS.get(tens, "1") + _DIGITS.get(ones, "0")


def _of_roman(text: str) -> str:
    values = [_ROMAN[sign] for sign in text]
    return str(sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True)))


@lru_cache(maxsize=4096)
def _pairs(key: str) -> Counter[str]:
    return Counter(key[n : n + 2] for n in range(len(key) - 1))
