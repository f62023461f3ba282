"""A signed certificate: readers see who issued it, the bytes repeat, and a change of one of them shows."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyhanko", reason="the extra `sign` is not installed")

from concurrent.futures import ThreadPoolExecutor

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from portal.pdf import signing
from portal.pdf.press import Press

MADE = datetime(2025, 11, 1, tzinfo=UTC)
ISSUED = "2025-12-01T01:00:00+00:00"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sign")
    signing.make_authority(folder, school="山东第二医科大学", now=MADE)
    return folder


@pytest.fixture
def press(authority: Path) -> Press:
    return Press("https://hours.example.edu.cn/verify/", None, authority)


def judged(data: bytes, authority: Path) -> Any:
    root = load_cert_from_pemder(str(authority / "ca.pem"))
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    with ThreadPoolExecutor(1) as fresh:  # the browser of other tests keeps a loop in this thread
        return fresh.submit(
            lambda: validate_pdf_signature(
                signature,
                ValidationContext(trust_roots=[root], allow_fetching=False, moment=MADE.replace(month=12)),
            )
        ).result()


def test_who_trusts_the_campus_authority_trusts_the_certificate(
    press: Press, authority: Path, snapshot: dict[str, Any]
) -> None:
    printed = press.pull({**snapshot, "issued_at": ISSUED})
    assert printed.signed
    found = judged(printed.data, authority)
    assert found.bottom_line
    assert found.signer_reported_dt == datetime.fromisoformat(ISSUED)
    changed = printed.data.replace(b"%PDF-1.", b"%PDF-2.", 1)
    assert not judged(changed, authority).intact


def test_signed_bytes_repeat(press: Press, snapshot: dict[str, Any]) -> None:
    facts = {**snapshot, "issued_at": ISSUED}
    assert press.pull(facts) == press.pull(dict(facts))


def test_a_certificate_older_than_the_signer_is_dated_from_its_beginning(
    press: Press, authority: Path, snapshot: dict[str, Any]
) -> None:
    printed = press.pull({**snapshot, "issued_on": "2025-01-05"})
    found = judged(printed.data, authority)
    assert found.bottom_line
    assert found.signer_reported_dt > datetime(2025, 10, 1, tzinfo=UTC)


def test_another_reader_agrees(press: Press, snapshot: dict[str, Any], tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    if pdfsig is None:
        pytest.skip("pdfsig is not installed here")
    file = tmp_path / "signed.pdf"
    file.write_bytes(press.pull(snapshot).data)
    told = subprocess.run([pdfsig, file], capture_output=True, text=True).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "继续教育学时管理平台" in told


def test_an_authority_is_never_replaced(authority: Path) -> None:
    before = (authority / "ca.pem").read_bytes()
    with pytest.raises(FileExistsError):
        signing.make_authority(authority, school="另一所学校", now=MADE)
    assert (authority / "ca.pem").read_bytes() == before


def test_the_recipe_names_what_shapes_the_bytes(press: Press) -> None:
    plain = Press(press.verify)
    others = [press, Press(press.verify, b"seal"), Press("https://other.example/verify/")]
    assert len({plain.recipe, *(other.recipe for other in others)}) == 4
    assert plain.recipe == Press(press.verify).recipe
