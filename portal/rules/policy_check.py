"""Every fault of a policy file, with and without the notice it quotes."""

from __future__ import annotations

from pathlib import Path

from portal.rules.policy import PolicyError, load, neighbour_faults, read_raw
from portal.rules.policy_faults import Fault
from portal.rules.policy_notice import notice_faults


def file_faults(file: Path, notice: Path | None) -> list[Fault]:
    """The faults of a file against itself, its neighbours' years and, when given, the notice's text.

    Raises OSError for a file that cannot be read.
    """
    words = notice.read_bytes() if notice else None
    faults: list[Fault] = []
    try:
        policy = load(file)
    except PolicyError as error:
        faults.extend(error.faults)
    else:
        faults.extend(neighbour_faults(policy, file))
    if words is not None:
        try:
            raw, _ = read_raw(file)
        except PolicyError:
            return faults  # already told: the file cannot be read at all
        faults.extend(notice_faults(raw, file.name, words))
    return faults
