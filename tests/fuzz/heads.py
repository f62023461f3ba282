"""What stands above a body: headers, methods and addresses that no browser sends, and HTTP still carries."""

from __future__ import annotations

HX: tuple[tuple[str, str], ...] = (
    *(("HX-Request", "true"), ("HX-Request", "TRUE"), ("HX-Request", "\ud800"), ("HX-Boosted", "true")),
    *(("HX-Target", "main"), ("HX-Target", "\x7f\xff<script>"), ("HX-Target-URI-AutoEncoded", "true")),
    *(
        ("HX-Current-URL", "http://evil.example/"),
        ("HX-Current-URL", "http://[::1"),
        ("HX-Current-URL", "\xff"),
    ),
    *(
        ("HX-History-Restore-Request", "true"),
        ("HX-Prompt", "{{7*7}}"),
        ("HX-Prompt-URI-AutoEncoded", "true"),
    ),
    *(("HX-Prompt", "%ff%00"), ("HX-Trigger", "%"), ("HX-Trigger-Name", "x" * 9000), ("HX-Trigger", "a,b")),
)
HEADERS: tuple[tuple[str, str], ...] = (
    *(("If-None-Match", value) for value in ("*", '"', 'W/"x"', "x" * 9000, "\xff", '"a", "b", W/"c"')),
    *(("If-Modified-Since", value) for value in ("yesterday", "Mon, 31 Feb 10000 99:99:99 GMT", "0", "\xff")),
    *(("If-Match", value) for value in ("*", '"x"', "\xff")),
    ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("If-Range", '"x"'),
    *(("Range", value) for value in ("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=0-0,2-3", "bytes=", "x=y")),
    *(("Range", value) for value in ("bytes=0-99999999999999999999", "bytes=-0", "bytes=１-２", "bytes=a-b")),
    ("Range", "bytes=" + ",".join(f"{number}-{number}" for number in range(2000))),
    *(("Accept", value) for value in ("", "*/*;q=x", "a/b;q=1e999", "text/html;q=-1", "x" * 9000, "\xff")),
    *(("Accept-Language", value) for value in ("zz", ";q=", "\xff", "zh-" * 1000)),
    *(("Accept-Encoding", value) for value in ("gzip", "br", "identity;q=0", "*;q=0", "x;q=nan", "\xff")),
    *(("Content-Encoding", value) for value in ("gzip", "br", "deflate", "identity", "\xff")),
    *(
        ("Host", value)
        for value in ("", "localhost:99999", "evil.example", "[::1", "a b", "\xff", "localhost:x")
    ),
    *(("X-Forwarded-For", value) for value in ("1.2.3.4", "\xff", "x" * 9000, "::1, 2")),
    *(("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "\xff"), ("Forwarded", "for=_;host=x")),
    *(("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/hr/"), ("X-Background", "1")),
    *(("Origin", value) for value in ("null", "http://evil.example", "http://[", "\xff", "http://localhost")),
    *(("Sec-Fetch-Site", value) for value in ("cross-site", "none", "\xff", "same-site")),
    *(("Referer", value) for value in ("http://evil.example/", "\xff", "http://[", "x" * 9000)),
    *(
        ("Cookie", value)
        for value in ("", "portal", "portal=", "portal=x.y.z", "portal={cookie}x", "=;=;", "\xff")
    ),
    *(("Cookie", value) for value in ("portal=.eJx.x.x", 'portal="{cookie}"', "portal=" + "x" * 60_000)),
    *(("Cookie", value) for value in ("portal={cookie}; portal=x", "a=b; " * 3000, 'a="\\377\\0"')),
    *(
        ("Authorization", value)
        for value in ("Bearer", "Bearer ", "Bearer {bearer}x", "Basic Og==", "Basic \xff")
    ),
    *(("Authorization", value) for value in ("bearer {bearer}", "Digest a=b", "Bearer \xff", "x" * 9000)),
    *(("X-CSRF-Token", value) for value in ("", "x", "{csrf}", "{csrf}x", "\xff", ".", "a.b.c", "x" * 9000)),
    *(("User-Agent", value) for value in ("", "\xff", "x" * 60_000, "<script>")),
    *(("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Upgrade", "h2c"), ("X" * 200, "y")),
)
LENGTHS = ("chunked", "0", "1", "-1", "x", "99999999999999999999", "26214401", "8388609", "１", "1e3", "")
METHODS = (
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "PATCH",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "POST ",
    "X",
    "",
)
PATHS = (
    *(
        "/",
        "//",
        "///",
        "//evil.example/",
        "/%",
        "/%zz",
        "/%00",
        "/%ff%fe",
        "/%ed%a0%80",
        "/%c0%ae%c0%ae/",
        "/\\",
    ),
    *(
        "/..",
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/static/../portal.toml",
        "/static/%2e%2e/config.py",
    ),
    *(
        "/static/%2e%2e%2fapp.py",
        "/static//etc/passwd",
        "/static/portal.css%00.png",
        "/static/%ff",
        "/static/",
    ),
    *(
        "/static/portal.css/",
        "/static/con",
        "/login/",
        "/LOGIN",
        "/login;jsessionid=1",
        "/login%3f",
        "/login%0d%0a",
    ),
    *(
        "/" + "a" * 8000,
        "/" + "%2f" * 2000,
        "/" + "a/" * 2000,
        "/%F0%A0%AE%B7",
        "/*",
        "/.",
        "/favicon.ico",
        "*",
    ),
    *(
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/%00",
        "/api/v1/course-records/",
        "/hr",
        "/hr/years/２０２５",
        "http://x/",
    ),
)
SEGMENTS = (
    *(
        "0",
        "-1",
        "x",
        "%00",
        "%",
        "%ff",
        "%2e%2e",
        "..",
        "9223372036854775808",
        "2147483648",
        "10000",
        "0000",
    ),
    *("00000000-0000-0000-0000-000000000000", "%F0%A0%AE%B7", "{claim}%00", "%7B{claim}%7D", "{claim}%0a"),
    *("2025%0a", "%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%95", "2025.0", "+2025", " ", "a" * 5000, "{claim}.pdf"),
    *("{person}", "{unit_0}", "{job}", "{evidence}", "{code}", "{progress}", "{claim_elsewhere}"),
)
