"""The ways a PDF does not come about."""

from __future__ import annotations

from collections.abc import Sequence

from portal.rules.refusals import RuleBroken


class PdfFailed(Exception):
    """The renderer complained. `problems` are its own words, for the log and never for the page."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Unprintable(PdfFailed, RuleBroken):
    """The text itself cannot be printed: no face has a character, or it does not fit its place.

    `message` is a Chinese sentence for the person; `characters` are those no face has.
    """

    def __init__(self, message: str, characters: Sequence[str] = ()) -> None:
        RuleBroken.__init__(self, message)
        self.problems = (message,)
        self.characters = tuple(characters)
