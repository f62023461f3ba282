"""Nobody is sent off the portal: where signing in and changing hats lead is never taken from the request."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from campus import PASSWORD

OUTSIDE = (
    *("//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example"),
    *("/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example"),
    *("https://evil.example", "https:evil.example", "https:/evil.example", "HTTPS://evil.example"),
    *("http:\\\\evil.example", "javascript:alert(1)", "data:text/html,x", "/%09/evil.example"),
    *("//evil.example/%2f..", "/standing\r\nX-Evil: 1", "//localhost@evil.example", "/\u2028/evil.example"),
)
NAMES = ("next", "return_to", "redirect", "url")


def inside(answer) -> None:
    """The answer sends to a path of this portal, and carries no header of the sender's."""
    place = answer.headers["Location"]
    parts = urlsplit(place)
    assert (parts.scheme, parts.netloc) == ("", ""), place
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("place", OUTSIDE)
def test_no_address_given_is_gone_to(people, client, place):
    query = "&".join(f"{name}={quote(place, safe='')}" for name in NAMES)
    inside(client.get(f"/standing?{query}", status=302))
    given = {"username": people["陈晓"].username, "password": PASSWORD, "hat": "person"}
    also = dict.fromkeys(NAMES, place)
    inside(client.post(f"/login?{query}", data={**given, **also}, status=303))
    inside(client.get(f"/?{query}", status=303))
    inside(client.post(f"/hat?{query}", data={"hat": "person", **also}, status=303))
    inside(client.post(f"/logout?{query}", data=also, status=303))
