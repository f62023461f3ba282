"""What staff do: look where they stand, file, take back, send again, read messages; and what visitors do."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

from load import papers

if TYPE_CHECKING:
    from load.people import Someone

_CLAIM = re.compile(r'data-claim="([0-9a-f-]{36})"')
_VERSION = re.compile(r'name="version" value="(\d+)"')
_KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')
_UNREAD = re.compile(r'data-unread>.*?action="(/messages/[0-9a-f-]{36}/open)"', re.S)
_FILED = re.compile(r"^/claims/([0-9a-f-]{36})(?:/edit)?$")
# what is typed into each form, in this order; the panel beside it follows after each
TYPED = {
    "training": ("kind", "subject", "title", "organizer", "start", "end", "hours", "approval"),
    "publication": ("kind", "title", "date", "author_name", "rank", "level", "owner"),
}
PROOF = {"training": "evidence_hours", "publication": "evidence_material"}


class Staff:
    """Somebody with hours to file. In a rush they do nothing else and look at their standing now and then."""

    def __init__(self, one: Someone) -> None:
        self.one = one
        self.waiting: list[str] = []  # own claims under review, as far as one knows
        self.idle: list[str] = []  # own drafts and claims taken back, complete with their files
        self.filed = 0

    def deed(self) -> None:
        """One of the things staff come for."""
        if self.one.day.rush:
            (self.file if self.one.rng.random() < 0.8 else self.look)()
            return
        deeds = (self.look, self.file, self.take_back, self.send_again, self.read_messages)
        self.one.rng.choices(deeds, (22, 38, 13, 14, 13))[0]()

    def look(self) -> None:
        """Where do I stand, and what became of my claims."""
        one = self.one
        one.get("standing", "/standing", sign="年度完成情况")
        one.pause("page")
        page = one.get("list of own claims", "/claims", sign="学时申报")
        one.pause("page")
        claims = _CLAIM.findall(page.text)
        if claims:
            one.get("own claim", f"/claims/{one.rng.choice(claims)}", sign="申报内容")
            one.pause("page")
        if not one.day.rush and one.rng.random() < 0.3:
            one.get("certificates", "/certificates", sign="证书")
            one.pause("page")

    def file(self) -> None:
        """A new claim, typed piece by piece with the panel following; sent with its file, or kept."""
        one = self.one
        category = "training" if one.rng.random() < 0.7 else "publication"
        page = one.get("new claim", f"/claims/new?category={category}", sign="idempotency_key")
        key = _KEY.findall(page.text)[0]
        facts = self._facts(category)
        typed = {"category": category}
        for name in TYPED[category]:
            one.pause("typing")
            typed[name] = facts[name]
            one.get("live preview", f"/claims/preview?{urlencode(typed)}", swap="feedback", sign="feedback")
        one.pause("files")
        action = "submit" if one.day.rush or one.rng.random() < 0.7 else "save"
        proof = {PROOF[category]: papers.proof(one.rng)}
        kind = "submit with file" if action == "submit" else "save draft with file"
        sent = {**facts, "idempotency_key": key, "action": action}
        answer = one.post(kind, "/claims", sent, proof, swap="claim-workspace", good=(200,))
        self._came_in(answer.headers.get("hx-redirect", ""), action, key)
        one.pause("page")

    def take_back(self) -> None:
        """Take a claim back that nobody has decided yet."""
        if not self.waiting:
            return self.look()
        one, claim = self.one, self.waiting.pop(self.one.rng.randrange(len(self.waiting)))
        page = one.get("own claim", f"/claims/{claim}", sign="申报内容")
        one.pause("page")
        if f"/claims/{claim}/withdraw" not in page.text:
            return None  # decided meanwhile
        version = _VERSION.findall(page.text)[0]
        answer = one.post("withdraw", f"/claims/{claim}/withdraw", {"version": version}, good=(303, 409))
        if answer.status == 303:
            one.promised("claim-withdrawn", claim)
            one.get("own claim", answer.headers["location"], sign="申报内容")
            self.idle.append(claim)
            one.pause("page")
        return None

    def send_again(self) -> None:
        """Send a draft, or a claim taken back, as it is."""
        if not self.idle:
            return self.file()
        one, claim = self.one, self.idle.pop(0)
        page = one.get("own claim", f"/claims/{claim}", sign=f"/claims/{claim}/submit")
        one.pause("page")
        version = _VERSION.findall(page.text)[0]
        answer = one.post("submit as saved", f"/claims/{claim}/submit", {"version": version}, good=(303,))
        one.promised("claim-submitted", claim)
        one.get("own claim", answer.headers["location"], sign="申报内容")
        self.waiting.append(claim)
        return one.pause("page")

    def read_messages(self) -> None:
        """Open the newest unread message."""
        one = self.one
        page = one.get("messages", "/messages", sign="消息")
        one.pause("page")
        unread = _UNREAD.search(page.text)
        if unread:
            answer = one.post("open message", unread[1], {}, good=(303,))
            one.get("where a message leads", answer.headers["location"])
            one.pause("page")

    def _came_in(self, address: str, action: str, key: str) -> None:
        claim = _FILED.match(address)
        assert claim, f"the form was accepted, yet leads to {address!r}"
        self.one.promised("claim-submitted" if action == "submit" else "claim-created", claim[1], key)
        (self.waiting if action == "submit" else self.idle).append(claim[1])
        self.one.get("own claim" if action == "submit" else "draft", address)

    def _facts(self, category: str) -> dict[str, Any]:
        """A claim nobody else files: a day of one's own for each training, a title for each work."""
        self.filed += 1
        rng, day = self.one.rng, self.one.day
        on = (date(day.year, 1, 1) + timedelta(days=rng.randrange(300))).isoformat()
        facts = {**day.forms[category], "title": f"{rng.choice(papers.TITLES)}（{uuid4().hex[:8]}）"}
        if category == "publication":
            return {**facts, "date": on, "author_name": self.one.seat["name"], "keep_zero": "y"}
        return {**facts, "start": on, "end": on, "hours": rng.choice(("4", "6", "8")), "keep_zero": "y"}


class Visitor:
    """Somebody with a printed certificate in hand; each comes from an address of their own."""

    def __init__(self, one: Someone) -> None:
        self.one = one

    def deed(self) -> None:
        """Type the code, or follow the QR."""
        one = self.one
        place = f"172.16.{one.rng.randrange(256)}.{one.rng.randrange(1, 255)}"
        if one.rng.random() < 0.5:
            one.get("verification page", "/verify", sign="验证", address=place)
            one.pause("page")
        if one.day.codes:
            code = one.rng.choice(one.day.codes)
            one.get("verify a certificate", f"/verify/{code}", sign="证书", address=place)
        one.pause("page")
