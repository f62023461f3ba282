"""Filing under stress: one form sent many times at once, and a transaction that fails late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from forms_sent import count, pdf, rows, stored

from portal.models import Claim, Event, EvidenceFile
from portal.rules.filing import ClaimInput
from portal.rules.policy import shipped
from portal.rules.vocabulary import Evidence
from portal.services import events, filing
from portal.services.evidence import Upload, taken_in

GIVEN = ClaimInput(category="training", title="并发提交的讲座")


def save_once(app: Any, actor: Any, now: Any, content: bytes) -> filing.Filed:
    """One sending of the same form, in an app context of its own."""
    store = app.extensions["portal.store"]
    with (
        app.app_context(),
        taken_in([Upload(Evidence.HOURS, "证明.pdf", BytesIO(content))], store) as intake,
    ):
        return filing.save(actor, filing.Form(GIVEN, intake, key="one-form"), shipped(), now=now)


def test_eight_sendings_at_once_make_one_claim(app: Any, people: Any, clock: Any) -> None:
    before = stored(app)
    actor, content = people.actor("陈晓"), pdf().getvalue()
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: save_once(app, actor, clock.now(), content), range(8)))
    assert len({filed.claim for filed in results}) == 1
    assert sum(not filed.repeated for filed in results) == 1
    assert count(app, Claim) == count(app, EvidenceFile) == count(app, Event) == 1
    assert len(stored(app) - before) == 1


def test_bytes_of_a_failed_transaction_are_gone(
    app: Any, people: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the log cannot be written")

    before = stored(app)
    monkeypatch.setattr(events, "record", fail)
    with pytest.raises(RuntimeError, match="the log"):
        save_once(app, people.actor("陈晓"), clock.now(), pdf().getvalue())
    assert count(app, Claim) == count(app, EvidenceFile) == 0
    assert stored(app) == before


def test_every_row_has_its_bytes(app: Any, people: Any, clock: Any) -> None:
    save_once(app, people.actor("陈晓"), clock.now(), pdf().getvalue())
    (file,) = rows(app, EvidenceFile)
    assert app.extensions["portal.store"].size(str(file.uuid)) == file.size
