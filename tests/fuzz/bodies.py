"""Bodies no form makes: broken multipart, wrong names for what comes, JSON beyond every bound, mere bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator

from hypothesis import strategies as st

from fuzz.calls import BOUNDARY, Raw
from fuzz.nouns import DAYS, NUMBERS, TEXTS, YEARS
from fuzz.samples import SAMPLES

MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
_B = f"--{BOUNDARY}\r\n".encode()
_END = f"--{BOUNDARY}--\r\n".encode()
_DISPOSED = b'Content-Disposition: form-data; name="'

KINDS = (
    *(
        "application/x-www-form-urlencoded",
        MULTIPART,
        "application/json",
        "text/plain",
        "",
        "x",
        "/",
        ";",
        "a/b/c",
    ),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="',
        "multipart/mixed",
    ),
    *("multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary=é", "application/xml"),
    *("multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary*=utf-8''%ff"),
    *(
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/json; charset=latin-1",
        "APPLICATION/JSON",
    ),
    *(
        "application/x-www-form-urlencoded; charset=no-such",
        "application/vnd.api+json",
        "x" * 5000,
        "a/b;" * 500,
    ),
)


def _parts(*names: bytes) -> bytes:
    return b"".join(_B + _DISPOSED + name + b'"\r\n\r\n1\r\n' for name in names) + _END


BROKEN: tuple[Raw, ...] = (
    Raw(b"", MULTIPART),
    Raw(_END, MULTIPART),
    Raw(_B, MULTIPART),
    Raw(_B + _DISPOSED + b'a"\r\n\r\n1', MULTIPART),
    Raw(_B.replace(b"\r\n", b"\n") + _DISPOSED + b'a"\n\n1\n' + _END, MULTIPART),
    Raw(b"--another\r\n" + _DISPOSED + b'a"\r\n\r\n1\r\n--another--\r\n', MULTIPART),
    Raw(_B + b"no colon here\r\n\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + b"\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + b"Content-Disposition: form-data\r\n\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + b"Content-Disposition: attachment; name=a\r\n\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + _DISPOSED + b"a\"; filename*=utf-8''%ff%fe\r\n\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + _DISPOSED + b"file\"; filename*=no-such''x\r\n\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + _DISPOSED + b'file"; filename="a\x00b.png"\r\n\r\n1\r\n' + _END, MULTIPART),
    Raw(_B + _DISPOSED + b'\xff\xfe"\r\n\r\n\xff\xfe\r\n' + _END, MULTIPART),
    Raw(
        _B + _DISPOSED + b'a"\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xff\r\n' + _END, MULTIPART
    ),
    Raw(_B + _DISPOSED + b'a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n' + _END, MULTIPART),
    Raw(
        _B + _DISPOSED + b'a"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n' + _END,
        MULTIPART,
    ),
    Raw(_B + _DISPOSED + b'a"\r\nX: ' + b"x" * 70_000 + b"\r\n\r\n1\r\n" + _END, MULTIPART),
    Raw(_B + _DISPOSED + b"a" * 70_000 + b'"\r\n\r\n1\r\n' + _END, MULTIPART),
    Raw(_B + _DISPOSED + b'a"\r\n\r\n' + b"x" * 600_000 + b"\r\n" + _END, MULTIPART),
    Raw(_parts(*[b"a"] * 119), MULTIPART),
    Raw(_parts(*[b"a"] * 121), MULTIPART),
    Raw(_parts(*[b"field%d" % number for number in range(1500)]), MULTIPART),
    Raw(_parts(*[b"ids"] * 1500), MULTIPART),
    Raw(_parts(*[b"a"] * 2500), MULTIPART),
    Raw(b"&".join([b"a%d=1" % number for number in range(1500)])),
    Raw(b"&".join([b"ids={claim}"] * 1500)),
    Raw(b"a=" + b"x" * 600_000),
    *map(
        Raw, (b"%", b"%zz=%", b"a=%ff%fe", b"\xff\xfe=\x00", b"&&&&", b"=", b"a;b", b"a[b][c]=1", b"a=1&a=2")
    ),
    *map(Raw, (b"a=%ed%a0%80", b"a=%00", b"%00=1", b"a=%u0041", b"+=+", b"a" * 70_000, b"\x00" * 1000)),
    Raw(gzip.compress(b"a=1" * 1000, mtime=0)),
    Raw(SAMPLES["zip"], "application/zip"),
)
JSONS: tuple[bytes, ...] = (
    *(
        b"",
        b"null",
        b"0",
        b"[]",
        b"{}",
        b'""',
        b"NaN",
        b"-Infinity",
        b"1e999999999",
        b"\xef\xbb\xbf{}",
        b"{",
        b"'",
    ),
    *(
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 5000,
        b"-" + b"9" * 100_000,
        b'"\\ud800"',
        b'"\\u0000"',
        b"\xff",
    ),
    *(b'{"records": null}', b'{"records": []}', b'{"records": {}}', b'{"records": [null, 1, "x", [], {}]}'),
    *(b'{"records": [{}], "records": []}', b'{"\\ud800": 1}', b'{"records": [{"\\u0000": 1}]}', b"{}{}"),
    *('{"records": []}'.encode("utf-16"), b'{"records": [' + b"0," * 6000 + b"0]}", b'{"records": "x"}'),
)
JSON_VALUES: tuple[str, ...] = (
    *(
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "-1e-999",
        "1e400",
        "NaN",
        "Infinity",
        "1" * 5000,
        "9" * 40,
        "[]",
        "{}",
    ),
    *(
        '"\\ud800"',
        '"\\u0000"',
        '"sNaN"',
        '"Infinity"',
        '"1e999"',
        '"１２"',
        '""',
        '"x\\r\\ny"',
        "0.1",
        "2.0",
    ),
    *("[" * 500 + "]" * 500, '{"a": {"a": {}}}', "9223372036854775808", "1E+2", "0.50", "1e1000000"),
)
RECORD = {
    **{
        "platform": '"山东开放大学"',
        "record_id": '"R00001"',
        "username": '"20120001"',
        "title": '"数字技术"',
    },
    **{"subject": '"public"', "hours": '"2"', "completed_on": '"2025-06-01"', "name": '"陈晓"'},
}


def bodies() -> st.SearchStrategy[Raw]:
    """Any body under any name: broken on purpose, cut short, or mere bytes."""
    whole = st.sampled_from(BROKEN)
    cut = st.builds(lambda one, at: Raw(one.data[:at], one.kind), whole, st.integers(0, 400))
    renamed = st.builds(lambda one, kind: Raw(one.data[:2000], kind), whole, st.sampled_from(KINDS))
    mere = st.builds(Raw, st.binary(max_size=60), st.sampled_from(KINDS))
    told = st.builds(Raw, st.sampled_from(JSONS), st.sampled_from(KINDS))
    return st.one_of(mere, whole, cut, renamed, told)


@st.composite
def batches(draw: Callable[..., str]) -> Raw:
    """A batch of course records for the machine interface, with one value or another no program sends."""
    if draw(st.integers(0, 4)) == 4:
        return Raw(draw(st.sampled_from(JSONS)), "application/json")
    odd = st.one_of(
        st.sampled_from(JSON_VALUES),
        st.sampled_from((*NUMBERS, *DAYS, *YEARS, *TEXTS)).map(json.dumps),
    )
    records = []
    for number in range(draw(st.integers(1, 3))):
        told = {**RECORD, "record_id": f'"R{number}"'}
        for name in draw(st.lists(st.sampled_from((*RECORD, "unknown", "")), max_size=2)):
            told[name] = draw(odd)
        records.append("{" + ", ".join(_pairs(told, draw(st.sampled_from(("", "", "", *RECORD))))) + "}")
    more = draw(st.sampled_from(("", "", ', "on_change": "update"', ', "on_change": 1', ', "x": NaN')))
    kind = draw(st.sampled_from(("application/json",) * 6 + KINDS))
    return Raw(
        ('{"records": [' + ", ".join(records) + "]" + more + "}").encode("utf-8", "surrogatepass"), kind
    )


def _pairs(told: dict[str, str], twice: str) -> Iterator[str]:
    for name, value in told.items():
        yield f"{json.dumps(name)}: {value}"
        if name == twice:
            yield f"{json.dumps(name)}: {value}"
