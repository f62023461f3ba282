"""What may stand in a field, by noun: right values for each name, and the nonsense that breaks programs."""

from __future__ import annotations

from hypothesis import strategies as st

from fuzz.asked import Field

NUMBERS = (
    *(
        "sNaN",
        "NaN",
        "-NaN",
        "Infinity",
        "-inf",
        "1e999",
        "1e-999",
        "1E400000000",
        "-1",
        "-0",
        "+8",
        "0",
        "0.1",
    ),
    *("8.25", "8.50", "1,5", "1_000", " 8 ", "8\n", "0x10", "１２", "٣", "²", "½", "八", "8\x00", "", "--8"),
    *("2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *("18446744073709551616", "9" * 30, "0" * 400 + "8", "1" * 5000),
)
DAYS = (
    *("2025-02-29", "2024-02-29", "0000-00-00", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01"),
    *("2025-13-01", "2025-06-31", "２０２５-07-01", "2025-7-1", "20250701", "2025-07-01T00:00", "2025-W27-2"),
    *("-2025-01-01", "2025-07-01\n", "1970-01-01", "2025-12-01", "2025-12-31", "2026-01-01", "2020-12-31"),
    *(
        "2025-07-0\u0661",
        "2025/07/01",
        "今天",
        "NaN",
        "",
        "2025-01-01,2025-01-02",
        "2038-01-19",
        "1582-10-10",
    ),
)
YEARS = (
    *("0", "00", "0000", "1", "1969", "2020", "2021", "2024", "2026", "2027", "9999", "10000", "-1", "-2025"),
    *(
        "２０２５",
        "2025.0",
        "2025 ",
        "2147483648",
        "9223372036854775808",
        "",
        "NaN",
        "1e3",
        "٢٠٢٥",
        "1" * 5000,
    ),
)
IDS = (
    *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not-a-uuid", ""),
    *("{claim}", "{claim_elsewhere}", "{claim_of_admin}", "{person}", "{person_elsewhere}", "{unit_1}"),
    *("urn:uuid:{claim}", "{{claim}}", "{claim}\x00", " {claim}", "{claim}{claim}", "{evidence}", "{job}"),
    *("0", "-1", "1", "9223372036854775808", "../{claim}", "{claim}\r\n", "\uff11{claim}"),
)
VERSIONS = (*("1", "2", "3", "0", "-1", "", "１", "1.0", "x", "9" * 9, "9" * 10, "1e9", "²"), *NUMBERS[-8:])
TEXTS = (
    *(
        "",
        " ",
        "\t",
        "0",
        "null",
        "[]",
        "{}",
        "None",
        "true",
        "undefined",
        "\x00",
        "a\x00b",
        "\x01",
        "\x1b[31m",
    ),
    *("\r\nX-Injected: 1", "\n", "\r", "一\r\n二", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff"),
    *("𠮷", "欧阳䶮", "\u202e反", "\u2066\u2067", "\u200d\u200f", "e" + "\u0301" * 200, "ﬃİıſ", "👩‍👩‍👧‍👦"),
    *("\ud800", "\udfff\ud800", "a\udcffb", "\U0010ffff", "\U000e0041", "﷽" * 20),
    *("<script>alert(1)</script>", "{{7*7}}", "{% raw %}", "${7*7}", "%s%n", "%00", "%", "_", "\\", "'", '"'),
    *("' OR 1=1 --", "=1+1", "@SUM(A1)", "+1", "-1", "../../etc/passwd", "..\\..\\x", "CON", "a;b", "a,b"),
    *(
        "http://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "[x](javascript:1)",
    ),
    *("x" * 61, "x" * 121, "x" * 201, "x" * 501, "字" * 2001, "x" * 10_001, "长" * 150_000, "&#0;", "&lt;"),
    *("# " * 200, "> " * 500 + "x", "[" * 3000, "*" * 4000, "- " * 1000, "|a|b|\n|-|-|\n" * 100, "`" * 3001),
)
CODES = (
    "{code}",
    "{progress}",
    "",
    "0",
    "A" * 10,
    "a-b-c",
    "ABCDE-FGHIJ",
    "１２３４５６",
    "123456",
    "\x00",
    "x" * 500,
)
KEYS = ("key-1", "key-2", "", "\x00", "x" * 65, "键", "a b", "{claim}")
EMAILS = ("a@b.example", "", "a@b", "@", "a@b\r\nBcc: c@d.example", "张@例子.公司", "a" * 300 + "@b.example")
PLACES = (
    "1764547200000000-0",
    "0-0",
    "-1",
    "1-",
    "x-y",
    "9" * 40 + "-1",
    "１-１",
    "",
    "\x00",
    "1-9223372036854775808",
)

# noun: (what is right, what is not)
NOUNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "day": (("2025-07-02", "2025-07-04", "2025-11-30", "2025-12-01", "2025-12-02", "2026-12-31"), DAYS),
    "hours": (("8", "20", "0.5", "24", "40", "4", "16"), NUMBERS),
    "number": (("1", "8", "30", "60"), NUMBERS),
    "year": (("2025", "2024"), YEARS),
    "id": (("{claim}", "{person}", "{unit_0}"), IDS),
    "version": (("1", "2", "3"), VERSIONS),
    "username": (("20120001", "20150002", "20080003", "20180006", "20190007"), (*TEXTS, *NUMBERS)),
    "password": (("portal-test", "lantern-over-sea"), TEXTS),
    "code": (("{code}", "{progress}"), CODES),
    "key": (("key-1", "key-2", "key-3", "key-4"), KEYS),
    "email": (("a@b.example", "c@d.example"), EMAILS),
    "place": (("1764547200000000-0", ""), PLACES),
    "phone": (("0536-8462001",), (*NUMBERS, *TEXTS)),
    "numbers": (("20120001", "20120001\n20150002", "20120001，20150002 20180006"), TEXTS),
    "tick": (("y", "1"), ("", "n", "off", "0", "\x00", "yes", "true", "２")),
    "text": (("护理教学能力研修班", "山东省护理学会", "核对有误", "陈晓", "内科"), TEXTS),
}
_BY_NAME = {
    **dict.fromkeys(("start", "end", "date", "since", "until", "due_on", "last_day", "first_day"), "day"),
    **dict.fromkeys(("received_on", "expires_on", "open_until", "grace_until", "review_until"), "day"),
    **dict.fromkeys(("files_until", "day"), "day"),
    **dict.fromkeys(("hours", "public", "professional"), "hours"),
    **dict.fromkeys(("page", "apply", "seen", "rank", "waited"), "number"),
    **dict.fromkeys(("year", "study_year"), "year"),
    **dict.fromkeys(("ids", "pick", "shown", "one", "unit", "units", "instead_of", "copy", "claim"), "id"),
    **dict.fromkeys(("object", "group", "decided"), "id"),
    **dict.fromkeys(("after", "before"), "place"),
    **dict.fromkeys(("new", "again", "current", "password"), "password"),
    **dict.fromkeys(("truthful", "marked", "keep_zero", "all", "write", "update", "read", "issue"), "tick"),
    **{"username": "username", "version": "version", "idempotency_key": "key", "email": "email"},
    **{"desk_phone": "phone", "phone": "phone", "numbers": "numbers", "code": "code"},
}
_OFFERED = ("select", "radio", "checkbox", "button", "submit", "hidden", "link")
# what no form asks for, and a careless one would take
UNASKED = (
    *(
        "status",
        "person_id",
        "person",
        "user_id",
        "unit_id",
        "reviewer_id",
        "decider_id",
        "role",
        "hat",
        "id",
    ),
    *(
        "approved_quarters",
        "credited",
        "approval_number",
        "filed_by_id",
        "is_admin",
        "year",
        "version",
        "uuid",
    ),
    *("csrf_token", "_method", "next", "__proto__", "", "\x00", "action", "all", "split_2025", "split_99999"),
)


def noun_of(field: Field) -> str:
    """The noun of a field, by its name, else by its type."""
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    if field.name.startswith("version_"):
        return "version"
    if field.name.startswith("split_"):
        return "hours"
    return {"date": "day", "number": "number", "password": "password"}.get(field.type, "text")


def right(field: Field) -> st.SearchStrategy[str]:
    """A value somebody well-meaning might send."""
    if field.type in _OFFERED and field.values and noun_of(field) != "key":
        return st.sampled_from(field.values)
    good = NOUNS[noun_of(field)][0]
    typed = tuple(value for value in field.values if value.strip())
    return st.sampled_from((*typed, *good))


def wrong(field: Field) -> st.SearchStrategy[str]:
    """A value nobody well-meaning would: of its own noun mostly, else of any, else made up."""
    own = NOUNS[noun_of(field)][1]
    return st.one_of(
        st.sampled_from(own),
        st.sampled_from(TEXTS),
        st.sampled_from((*NUMBERS, *DAYS, *YEARS, *IDS)),
        st.text(st.characters(codec=None, exclude_categories=()), max_size=30),
        st.integers(-(2**70), 2**70).map(str),
    )
