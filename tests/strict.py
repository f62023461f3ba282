"""A page client that reads like a careful person: every HTML answer is checked before a test sees it."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from lxml import html
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

ASKING = {"href": "GET", "src": "GET"} | {
    f"hx-{verb.lower()}": verb for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")
}
SWAP_WORDS = ("this", "closest ", "find ", "next", "previous", "body")
UNLABELLED = ("hidden", "submit", "button", "image", "reset")


class NotStrict(AssertionError):
    """An answer breaks a promise every page makes; the message is address, fault, mend."""


@dataclass
class Checker:
    """Checks one HTML answer against the promises every page makes."""

    app: Flask
    address: str
    tree: html.HtmlElement
    whole: bool

    def fail(self, fault: str, mend: str) -> None:
        raise NotStrict(f"{self.address}: {fault}\n  mend: {mend}")

    def run(self) -> None:
        ids = Counter(element.get("id") for element in self.tree.iter() if _is(element) and element.get("id"))
        self.ids = set(ids)
        if doubles := sorted(one for one, times in ids.items() if times > 1):
            self.fail(f"ids used twice: {', '.join(doubles)}", "give each element its own id")
        if self.whole:
            self._page()
        for element in self.tree.iter():
            if _is(element):
                self._labelled(element)
                self._quiet(element)
                if element.attrib:
                    self._addresses(element)
                    self._swaps(element)
                    self._references(element)
        for form in self.tree.iter("form"):
            self._token(form)

    def _page(self) -> None:
        headings = [h.text_content().strip() for h in self.tree.iter("h1")]
        if len(headings) != 1 or not headings[0]:
            self.fail(f"h1 elements: {headings}", "a page has exactly one h1 with words in it")
        if not (self.tree.findtext(".//title") or "").strip():
            self.fail("no title", "fill the title block")
        if self.tree.get("lang") != "zh-CN":
            self.fail("no language", 'write <html lang="zh-CN">')

    def _labelled(self, element: html.HtmlElement) -> None:
        if element.tag == "img" and element.get("alt") is None:
            self.fail(f"picture without alt: {_show(element)}", 'write alt="" or say what it shows')
        if element.tag in ("button", "a") and not _named(element):
            self.fail(f"no words in {_show(element)}", "write a text or an aria-label")
        asks = element.tag in ("select", "textarea") or (
            element.tag == "input" and (element.get("type") or "text") not in UNLABELLED
        )
        if not asks or element.get("aria-label") or element.get("aria-labelledby"):
            return
        own = element.get("id")
        if any(label.get("for") == own for label in self.tree.iter("label") if own):
            return
        if not any(parent.tag == "label" for parent in element.iterancestors()):
            self.fail(f"unlabelled {_show(element)}", "add a <label for=…> or an aria-label")

    def _addresses(self, element: html.HtmlElement) -> None:
        for name, target in element.items():
            if name in ASKING:
                self._resolves(element, target, ASKING[name])
        if element.tag == "form" and (target := element.get("action")) is not None:
            self._resolves(element, target, (element.get("method") or "get").upper())
        if (target := element.get("formaction")) is not None:
            form = next(element.iterancestors("form"), None)
            method = element.get("formmethod") or (form.get("method") if form is not None else None) or "get"
            self._resolves(element, target, method.upper())

    def _resolves(self, element: html.HtmlElement, target: str, method: str) -> None:
        if target.startswith("data:image/"):
            return
        if target.startswith("#"):
            if self.whole and len(target) > 1 and target[1:] not in self.ids:
                self.fail(f"{target} leads nowhere", "give the place that id")
            return
        found = urlsplit(urljoin(self.address, target))
        if found.netloc or found.scheme:
            if element.tag == "a" and "noopener" in (element.get("rel") or "").split():
                return  # out of an officer's Markdown
            self.fail(f"outside address {target}", "the portal links only to itself")
        known = self.app.extensions.setdefault("addresses that lead somewhere", set())
        if (found.path, method) in known:
            return
        try:
            endpoint, values = self.app.url_map.bind("localhost").match(found.path, method=method)
        except RequestRedirect:
            return
        except (NotFound, MethodNotAllowed) as fault:
            why = "no route" if isinstance(fault, NotFound) else f"route does not take {method}"
            self.fail(f"{why}: {target} in {_show(element)}", "use url_for with the right endpoint")
        if endpoint == "static":
            self._file(values["filename"], element)
        known.add((found.path, method))

    def _file(self, name: str, element: html.HtmlElement) -> None:
        if not (Path(str(self.app.static_folder)) / name).is_file():
            self.fail(f"no static file {name} in {_show(element)}", "add the file or mend the name")

    def _swaps(self, element: html.HtmlElement) -> None:
        target = element.get("hx-target")
        if target is None or target.startswith(SWAP_WORDS):
            return
        if not target.startswith("#"):
            self.fail(f"hx-target {target!r}", "name a target by #id, this or closest")
        if self.whole and target[1:] not in self.ids:
            self.fail(f"hx-target {target} is not on the page", "put an element with that id on it")

    def _references(self, element: html.HtmlElement) -> None:
        if not self.whole:
            return
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "form", "list"):
            for one in (element.get(name) or "").split():
                if one not in self.ids:
                    self.fail(f'{name}="{one}" names nothing in {_show(element)}', "give the element that id")

    def _quiet(self, element: html.HtmlElement) -> None:
        names = [name for name in element.keys() if name == "style" or name.startswith(("on", "hx-on"))]  # noqa: SIM118
        if names:
            self.fail(
                f"{names[0]} on {_show(element)}", "the content policy forbids it: use a class or portal.js"
            )
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            self.fail(f"inline {element.tag}", "move it into a static file")

    def _token(self, form: html.HtmlElement) -> None:
        if (form.get("method") or "get").lower() == "post" and not form.xpath(".//input[@name='csrf_token']"):
            self.fail(f"form without token: {_show(form)}", "put the csrf_token input into it")


def _is(element: Any) -> bool:
    return isinstance(element.tag, str)


def _named(element: html.HtmlElement) -> bool:
    if element.get("aria-label") or element.get("aria-labelledby") or element.get("title"):
        return True
    return bool(element.text_content().strip()) or any(img.get("alt") for img in element.iter("img"))


def _show(element: html.HtmlElement) -> str:
    attributes = " ".join(f'{name}="{value[:60]}"' for name, value in element.items())
    return f"<{element.tag} {attributes}>"


def parse(text: str) -> tuple[html.HtmlElement, bool]:
    """The tree of an answer, and whether it is a whole page (else: a fragment under one div)."""
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html")):
        return html.document_fromstring(text), True
    return html.fragment_fromstring(text, create_parent="div"), False


def check(app: Flask, address: str, text: str, *, fragment: bool) -> None:
    """Raises NotStrict unless the HTML keeps every promise; `fragment` when a swap asked for it."""
    tree, whole = parse(text)
    checker = Checker(app, address, tree, whole)
    if not whole:
        if not fragment:
            checker.fail("a plain request got a fragment", "render with hx.render(page, fragment)")
        roots = [one for one in tree if _is(one) and one.get("hx-swap-oob") is None]
        if len(roots) != 1 or (tree.text or "").strip():
            checker.fail(
                f"{len(roots)} roots: {[_show(one) for one in roots][:3]}",
                "a fragment has one root element",
            )
    checker.run()


class StrictResponse(TestResponse):
    """An answer with its parsed tree."""

    @property
    def tree(self) -> html.HtmlElement:
        """The HTML as a tree."""
        return parse(self.text)[0]

    def all(self, xpath: str) -> list[Any]:
        """Everything the XPath finds."""
        return self.tree.xpath(xpath)

    def one(self, xpath: str) -> Any:
        """The single thing the XPath finds."""
        found = self.all(xpath)
        assert len(found) == 1, f"{self.request.path}: {len(found)} of {xpath}"
        return found[0]

    @property
    def words(self) -> str:
        """The text a person reads, with runs of white space as one space."""
        return " ".join(self.tree.text_content().split())


class StrictClient(FlaskClient):
    """Sends the token with unsafe requests and checks every HTML answer.

    `htmx=True` asks as htmx does; `token=False` leaves the token out; `strict=False` skips the checks;
    `status=` asserts the status.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        htmx, token, strict = kwargs.pop("htmx", False), kwargs.pop("token", True), kwargs.pop("strict", True)
        status = kwargs.pop("status", None)
        headers = dict(kwargs.pop("headers", None) or {})
        if htmx:
            headers["HX-Request"] = "true"
        if token and kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            headers.setdefault("X-CSRF-Token", self.token())
        kwargs.setdefault("buffered", True)  # files are read and closed
        answer = super().open(*args, headers=headers, **kwargs)
        if status is not None:
            assert answer.status_code == status, (
                f"{answer.request.path}: {answer.status}\n{answer.text[:2000]}"
            )
        if strict and answer.mimetype == "text/html" and answer.status_code != 303:
            self._check(answer, fragment=htmx)
        return answer

    def token(self) -> str:
        """A valid token for this client's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        key = self.application.secret_key
        return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw)

    def _check(self, answer: TestResponse, *, fragment: bool) -> None:
        text = answer.text
        if not text.strip():
            return
        if answer.request.method == "GET" and answer.status_code in (301, 302):
            return
        check(self.application, answer.request.full_path.rstrip("?"), text, fragment=fragment)
