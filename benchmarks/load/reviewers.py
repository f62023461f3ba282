"""What reviewers do: open rows of the queue, look at the evidence, decide; and what HR looks at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from load.people import Someone

_ROW = re.compile(r'<tbody id="claim-([0-9a-f-]{36})"[^>]*data-waiting')
_VERSION = re.compile(r'name="version"[^>]*value="(\d+)"')
_PROOF = re.compile(r'src="(/evidence/[0-9a-f-]{36}(/preview)?)"')
_DECIDED = re.compile(r'data-version="(\d+)"')
IN_ONE_GO = 5  # rows a reviewer takes before looking up
ROW = "claim-"
GONE = (200, 404, 409)  # taken back or decided by the other admin a moment ago


class Reviewer:
    """An admin of a unit."""

    queue = "/admin/claims"

    def __init__(self, one: Someone) -> None:
        self.one = one

    def deed(self) -> None:
        """Mostly the queue; now and then the unit's people."""
        if self.one.rng.random() < (0.95 if self.one.day.rush else 0.8):
            self.review()
        else:
            self.look()

    def review(self) -> None:
        """Some rows of the first page, each opened, looked at and decided."""
        one = self.one
        page = one.get("queue", self.queue, sign="申报列表")
        rows = _ROW.findall(page.text)
        one.pause("page")
        first = one.rng.randrange(max(1, len(rows) - IN_ONE_GO))
        for claim in rows[first : first + IN_ONE_GO]:
            self._row(claim)

    def look(self) -> None:
        """Who of the unit is short of hours."""
        self.one.get("unit overview", "/admin/standing", sign="本单位情况")
        self.one.pause("page")

    def _row(self, claim: str) -> None:
        one, place = self.one, f"/admin/claims/{claim}"
        opened = one.get("opened row", place, swap=ROW + claim, good=GONE)
        if opened.status != 200 or f"{place}/decision" not in opened.text:
            return
        proof = _PROOF.search(opened.text)
        if proof:
            one.get("evidence, PDF drawn" if proof[2] else "evidence, picture", proof[1])
        one.pause("row")
        approve = one.rng.random() < 0.88
        order = {
            "action": "approve" if approve else "return",
            "version": _VERSION.findall(opened.text)[0],
            "reason": "" if approve else "材料不完备",
        }
        kind = "approve" if approve else "return"
        answer = one.post(kind, f"{place}/decision", order, swap=ROW + claim, good=GONE)
        if answer.status != 200:
            return
        assert "claim-decided" in answer.headers.get("hx-trigger", ""), "200 without a decision"
        one.promised("claim-approved" if approve else "claim-returned", claim)
        if one.rng.random() < 0.03:
            self._undo(claim, _DECIDED.findall(answer.text)[0])

    def _undo(self, claim: str, version: str) -> None:
        place = f"/admin/claims/{claim}/undo"
        answer = self.one.post("undo", place, {"version": version}, swap=ROW + claim, good=(200, 409))
        if answer.status == 200:
            self.one.promised("decision-undone", claim)


class Officer(Reviewer):
    """HR: the school at a glance, its people, and what no unit can decide."""

    def look(self) -> None:
        """Overview, people, all that waits."""
        one = self.one
        places = (
            ("school overview", "/hr/", "年度总览"),
            ("people", "/hr/people?q=%E7%8E%8B", "人员"),
            ("all that waits", "/admin/claims?scope=all", "申报列表"),
        )
        one.get(*places[one.rng.randrange(3)][:2], sign="</h1>")
        one.pause("page")

    def deed(self) -> None:
        """HR mostly looks."""
        (self.look if self.one.rng.random() < 0.7 else self.review)()
