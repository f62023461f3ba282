"""Forms with files as no honest browser sends them: taken whole under a harmless name, or refused whole."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from campus import PIXEL
from forms_sent import TRAINING, pdf, rows, stored

from portal.models import Claim, EvidenceFile

BOUNDARY = b"----parts"
PDF = pdf().getvalue()
CHINESE = tuple("，。请文件表单内容")
# of a torn body Werkzeug lets go of the file it had begun, and leaves closing it to the collector
torn = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*Spooled:pytest.PytestUnraisableExceptionWarning"
)
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def part(disposition: str, content: bytes, *more: str) -> bytes:
    """One part, its headers exactly as given."""
    headers = "\r\n".join([f"Content-Disposition: form-data; {disposition}", *more])
    return b"--%b\r\n%b\r\n\r\n%b\r\n" % (BOUNDARY, headers.encode("utf-8", "surrogateescape"), content)


def field(name: str, text: str) -> bytes:
    return part(f'name="{name}"', text.encode())


def file(name: str, content: bytes = PDF, *more: str, at: str = "evidence_hours") -> bytes:
    return part(f'name="{at}"; filename="{name}"', content, *(more or ("Content-Type: application/pdf",)))


FIELDS = b"".join(field(name, text) for name, text in {**TRAINING, "action": "save"}.items())
CHUNKED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}  # as gunicorn says it
END = b"--%b--\r\n" % BOUNDARY


@dataclass(frozen=True)
class Case:
    """A body, and what becomes of it: the names of the files kept, or the refusal's status."""

    body: bytes
    kept: tuple[str, ...] | None = None
    status: int = 303
    content_type: str = f"multipart/form-data; boundary={BOUNDARY.decode()}"


def taken(parts: bytes, *kept: str, **other: Any) -> Case:
    return Case(FIELDS + parts + END, kept, **other)


def refused(parts: bytes, status: int = 422, **other: Any) -> Case:
    return Case(FIELDS + parts + END, None, status, **other)


LONG = "证" * 300 + ".pdf"
CASES: dict[str, Case] = {
    # names
    "a long name": taken(file(LONG), "证" * 116 + ".pdf"),
    "marks that turn the reading round": taken(file("证明\u202efdp.pdf"), "证明fdp.pdf"),
    "emoji": taken(file("证明👩‍⚕️.pdf"), "证明👩‍⚕️.pdf"),
    "a device of Windows": taken(file("CON.pdf"), "CON.pdf"),
    "quotes as browsers write them": taken(file("证%22明%22.pdf"), '证"明".pdf'),
    "quotes escaped": taken(file('证\\"明.pdf'), '证"明.pdf'),
    "a path upwards": taken(file("../../etc/passwd.pdf"), "passwd.pdf"),
    "a path of Windows": taken(file("C:\\\\Users\\\\x\\\\证明.pdf"), "证明.pdf"),
    "NUL": taken(file("证\x00明.pdf"), "证明.pdf"),
    "NUL before another ending": refused(file("证明.pdf\x00.exe")),
    "nothing but an ending": taken(file(".pdf"), "未命名.pdf"),
    "a name in the extended form": taken(
        part(
            f"name=\"evidence_hours\"; filename*=UTF-8''{quote('证明.pdf')}",
            PDF,
            "Content-Type: application/pdf",
        ),
        "证明.pdf",
    ),
    "a name that is no text": refused(file("证明\udcff\udcfe.pdf")),
    "a name with markup": taken(file("<img src=x>.pdf"), "<img src=x>.pdf"),
    # files
    "no file chosen": taken(file("", b"", "Content-Type: application/octet-stream")),
    "a file without a name": taken(file(""), "未命名.pdf"),
    "a file that came as text": refused(part('name="evidence_hours"', PDF)),
    "an empty file": refused(file("证明.pdf", b"")),
    "the same file in two fields": taken(
        file("证明.pdf") + file("证明.pdf", at="evidence_material"), "证明.pdf", "证明.pdf"
    ),
    "the same file twice in a field": taken(file("证明.pdf") * 2, "证明.pdf", "证明.pdf"),
    "a field nobody asked for": taken(file("证明.pdf") + file("别的.pdf", at="evidence_nothing"), "证明.pdf"),
    "a type that lies": taken(file("证明.pdf", PDF, "Content-Type: text/html"), "证明.pdf"),
    "no type": taken(file("证明.pdf", PDF, "X-Nothing: 1"), "证明.pdf"),
    "an ending that lies": refused(file("证明.pdf", PIXEL)),
    "a page that calls itself a document": refused(file("证明.pdf", b"<html><script>alert(1)</script>")),
    "a type and an ending that lie together": refused(
        file("证明.html", PDF, "Content-Type: application/pdf")
    ),
    "one file good and one bad": refused(file("证明.pdf") + file("坏.pdf", b"%PDF-1.7 nothing")),
    "eleven files": refused(file("证明.pdf") * 11),
    "a part in base64 by its own word": refused(
        file("证明.pdf", PDF.hex().encode(), "Content-Transfer-Encoding: base64")
    ),
    # parts
    "fifteen hundred parts": refused(b"".join(field(f"n{n}", "x") for n in range(1500)), 413),
    "a field larger than a form may hold": refused(field("title2", "x" * 600_000), 413),
    "the last boundary missing": Case(FIELDS + file("证明.pdf"), None, 422),
    "cut off within a file": Case(FIELDS + file("证明.pdf")[:-200], None, 422),
    "cut off within the headers": Case(FIELDS + file("证明.pdf")[:60], None, 422),
    "another boundary": refused(file("证明.pdf"), content_type="multipart/form-data; boundary=other"),
    "no boundary": refused(file("证明.pdf"), content_type="multipart/form-data"),
    "an endless boundary": refused(
        file("证明.pdf"), content_type=f"multipart/form-data; boundary={'x' * 5000}"
    ),
    "a boundary that is no text": refused(
        file("证明.pdf"), content_type='multipart/form-data; boundary="\xff\xfe"'
    ),
    "nothing at all": Case(b"", None, 422),
    "only the end": Case(END, None, 422),
    "a part without headers": refused(b"--%b\r\n\r\nx\r\n" % BOUNDARY),
    "a part without a field's name": taken(part('filename="x.pdf"', PDF) + file("证明.pdf"), "证明.pdf"),
    "headers without a colon": taken(file("证明.pdf", PDF, "nonsense", "Content-Type: x/y"), "证明.pdf"),
    "endless headers": refused(file("证明.pdf", PDF, "X-Long: " + "x" * 600_000), 413),
    "parts in a part": refused(
        part(
            'name="evidence_hours"',
            file("证明.pdf").replace(BOUNDARY, b"inner"),
            "Content-Type: multipart/mixed; boundary=inner",
        )
    ),
    "not multipart at all": Case(PDF, None, 422, "application/pdf"),
    "json": Case(b'{"action": "save"}', None, 422, "application/json"),
}


@pytest.fixture
def whole(app: Any) -> Iterator[Callable[[], list[EvidenceFile]]]:
    """The rows there are; each has its bytes, no bytes lie about, and nothing is left half taken."""
    before = stored(app)

    def check() -> list[EvidenceFile]:
        found = rows(app, EvidenceFile)
        assert stored(app) - before == {str(row.uuid) for row in found}, "rows and files differ"
        return found

    yield check
    check()


@torn
@one_database
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_form_is_taken_whole_or_refused_whole(app: Any, sign_in: Any, whole: Any, case: Case) -> None:
    client = sign_in("陈晓")
    answer = client.post(
        "/claims", input_stream=io.BytesIO(case.body), content_length=len(case.body),
        content_type=case.content_type, strict=False,
    )  # fmt: skip
    _as_told(app, answer, case, whole())


@torn
@one_database
@pytest.mark.parametrize("name", ["a long name", "an ending that lies", "cut off within a file", "json"])
def test_the_same_in_chunks_without_a_length(app: Any, sign_in: Any, whole: Any, name: str) -> None:
    case, client = CASES[name], sign_in("陈晓")
    answer = client.post(
        "/claims", input_stream=io.BytesIO(case.body), content_type=case.content_type,
        environ_overrides=CHUNKED, strict=False,
    )  # fmt: skip
    _as_told(app, answer, case, whole())


@one_database
def test_chunks_without_an_end_are_refused_at_the_limit(app: Any, sign_in: Any, whole: Any) -> None:
    class Endless:
        """Begins as a form with a file does, and never ends."""

        rest, given = FIELDS + file("证明.pdf")[:-10], 0

        def read(self, size: int = 64 * 1024) -> bytes:
            piece, self.rest = (self.rest or b"x" * size)[:size], self.rest[size:]
            self.given += len(piece)
            return piece

    body = Endless()
    answer = sign_in("陈晓").post(
        "/claims", content_type=Case(b"").content_type, strict=False,
        environ_overrides={**CHUNKED, "wsgi.input": body},
    )  # fmt: skip
    assert answer.status_code == 413
    assert body.given < 27 * 1024 * 1024
    assert whole() == []


@one_database
@torn
def test_a_length_that_promises_more_than_comes(app: Any, sign_in: Any, whole: Any) -> None:
    case = CASES["cut off within a file"]
    answer = sign_in("陈晓").post(
        "/claims", input_stream=io.BytesIO(case.body), content_length=len(case.body) + 1000,
        content_type=case.content_type, strict=False,
    )  # fmt: skip
    assert answer.status_code in (400, 422)
    assert (rows(app, Claim), whole()) == ([], [])


@one_database
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kept])
def test_what_was_taken_comes_back_under_its_name(app: Any, sign_in: Any, name: str) -> None:
    case, client = CASES[name], sign_in("陈晓")
    client.post(
        "/claims", input_stream=io.BytesIO(case.body), content_length=len(case.body),
        content_type=case.content_type, status=303,
    )  # fmt: skip
    (first, *_) = rows(app, EvidenceFile)
    answer = client.get(f"/evidence/{first.uuid}", status=200)
    assert answer.data == PDF
    shown = answer.headers["Content-Disposition"]
    plain = f'filename="{first.name}"' in shown or f"filename={first.name}" in shown
    assert plain or quote(first.name, safe="!#$&+-.^_`|~") in shown, shown
    assert first.name in client.get(f"/claims/{rows(app, Claim)[0].uuid}", status=200).words


def _as_told(app: Any, answer: Any, case: Case, files: list[EvidenceFile]) -> None:
    assert answer.status_code == case.status, answer.text[:1500]
    if case.kept is None:
        assert any(sign in answer.words for sign in CHINESE), "a refusal says what to do"
        assert (rows(app, Claim), files) == ([], []), "refused, and yet something was kept"
        return
    assert [row.name for row in files] == list(case.kept)
    assert len(rows(app, Claim)) == 1
    assert {row.media_type for row in files} <= {"application/pdf"}
