"""A policy compared with the notice it quotes: every quote is there, every clause that binds is quoted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.rules.policy_faults import Fault

_CLAUSE = re.compile(r"不超过|不少于|需要?提供|一律|每项|达标|\d+(?:\.\d+)?学时")


def quotes(raw: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every quote of a policy with its place, wherever it stands."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            place = f"{where}.{key}" if where else str(key)
            if key == "quote" and isinstance(value, str):
                yield place, value
            else:
                yield from quotes(value, place)
    elif isinstance(raw, list):
        for i, value in enumerate(raw):
            name = next(
                (value[k] for k in ("id", "subject") if isinstance(value, dict) and k in value), i + 1
            )
            yield from quotes(value, f"{where}[{name}]")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def notice_faults(raw: Mapping[str, Any], name: str, notice: bytes) -> Iterator[Fault]:
    """Where a policy departs from its notice: the hash, a quote that is not there, a clause nobody quotes.

    Words are compared with all white space removed, because a notice's line breaks carry no meaning.
    """
    actual = hashlib.sha256(notice).hexdigest()
    source = raw.get("source", {})
    stated = source.get("sha256") if isinstance(source, dict) else None
    if stated != actual:
        what = f"通知文件的 SHA-256 是 {actual}，规则中写的是 {stated}"
        yield Fault(name, "source.sha256", what, "请核对是否为同一份通知；确认后改为文件的实际值")
    try:
        text = _squeezed(notice.decode("utf-8-sig"))
    except UnicodeDecodeError:
        yield Fault(name, "source", "通知文件不是 UTF-8 文本", "请把通知另存为 UTF-8 编码的文本文件")
        return
    covered = bytearray(len(text))
    for where, quote in quotes(raw):
        words = _squeezed(quote)
        at = text.find(words) if words else -1
        if words and at < 0:
            yield Fault(name, where, f"通知中没有“{quote}”", "请照抄通知原文，一字不改")
        while words and at >= 0:
            covered[at : at + len(words)] = b"\x01" * len(words)
            at = text.find(words, at + 1)
    told = set()
    for match in _CLAUSE.finditer(text):
        if not all(covered[match.start() : match.end()]):
            clause = _clause_around(text, match.start())
            if clause not in told:
                told.add(clause)
                mend = "请由一条规则引用它，或列入 [[not_modelled]] 并写明理由"
                yield Fault(name, "通知", f"“{clause}”没有被引用", mend)


def _clause_around(text: str, at: int) -> str:
    start = max(text.rfind(mark, 0, at) for mark in "。；，") + 1
    ends = [end for mark in "。；，" if (end := text.find(mark, at)) >= 0]
    return text[start : min(ends, default=len(text))]
