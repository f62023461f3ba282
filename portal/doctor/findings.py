"""What one check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 200  # sentences of a kind: a broken instance should still fit on a screen or in a mail


@dataclass(slots=True)
class Findings:
    """A check's label, how many things it looked at, and a sentence per problem or warning."""

    label: str
    looked_at: int = 0
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def problem(self, sentence: str) -> None:
        """Note something that is wrong; past the first 200 only that there is more."""
        _note(self.problems, sentence)

    def warning(self, sentence: str) -> None:
        """Note something to look after; past the first 200 only that there is more."""
        _note(self.warnings, sentence)


def _note(sentences: list[str], sentence: str) -> None:
    if len(sentences) < MOST:
        sentences.append(sentence)
    elif len(sentences) == MOST:
        sentences.append("……其余从略")
