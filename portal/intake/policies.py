"""The door for policy files from outside: their size, then the check in a process of its own."""

from __future__ import annotations

from pathlib import Path

from portal.intake import sandbox
from portal.rules.refusals import RuleBroken

LARGEST = 256 * 1024  # bytes; the shipped policy has 8,000
LARGEST_NOTICE = 512 * 1024
MEMORY = 768 * 1024 * 1024  # bytes of address space; the checking code alone takes a third
_REFUSED = {
    "nested": "规则文件的层次过深，不是认定规则的写法。",
    "long": "规则文件的条目过多，不是认定规则的写法。",
    "heavy": "规则文件过于复杂，在规定的时间内没有检查完。",
}


def policy_faults(file: Path, notice: Path | None) -> list[str]:
    """What is wrong with a candidate policy, a sentence each with its mend; nothing when it holds.

    Raises RuleBroken for what is no policy file at all.
    """
    if file.stat().st_size > LARGEST:
        raise RuleBroken(f"规则文件超过 {LARGEST // 1024} KB 的上限，请确认选对了文件。")
    if notice is not None and notice.stat().st_size > LARGEST_NOTICE:
        raise RuleBroken(f"通知文本超过 {LARGEST_NOTICE // 1024} KB 的上限，请提供纯文本文件（.txt）。")
    verdict = sandbox.inspect("policy_child", str(file), str(notice or ""), memory=MEMORY)
    if "refused" in verdict:
        raise RuleBroken(_REFUSED[verdict["refused"]])
    faults: list[str] = verdict["faults"]
    return [*faults, f"另有 {verdict['more']} 处，更正以上各处后再检查。"] if verdict["more"] else faults
