"""The strict client itself: it finds each fault it promises to find, and only those."""

from __future__ import annotations

import pytest
from flask import Flask
from strict import Checker, NotStrict, parse

PAGE = '<!doctype html><html lang="zh-CN"><head><title>题</title></head><body><h1>题</h1>{}</body></html>'
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def check(app: Flask, text: str) -> None:
    tree, whole = parse(text)
    Checker(app, "/standing", tree, whole).run()


@one_database
@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<h1>又一个</h1>", "h1 elements"),
        ('<p id="a"></p><p id="a"></p>', "ids used twice"),
        ('<input name="q">', "unlabelled"),
        ('<select name="q"></select>', "unlabelled"),
        ('<img src="/static/portal.css">', "without alt"),
        ("<button></button>", "no words"),
        ('<a href="/nowhere">去</a>', "no route"),
        ('<a href="https://example.com/">去</a>', "outside address"),
        ('<a href="#gone">去</a>', "leads nowhere"),
        ('<form method="get" action="/logout"></form>', "does not take GET"),
        ('<form method="post" action="/logout"></form>', "form without token"),
        ('<div hx-get="/nowhere">x</div>', "no route"),
        ('<div hx-get="/standing" hx-target="#gone">x</div>', "is not on the page"),
        ('<div hx-get="/standing" hx-target=".row">x</div>', "hx-target"),
        ('<p style="color:red">x</p>', "content policy"),
        ('<p onclick="x()">x</p>', "content policy"),
        ("<script>1</script>", "inline script"),
        ('<label for="gone">x</label>', "names nothing"),
        ('<link rel="stylesheet" href="/static/gone.css">', "no static file"),
    ],
)
def test_a_fault_is_found(app: Flask, body: str, fault: str) -> None:
    with pytest.raises(NotStrict, match=fault):
        check(app, PAGE.format(body))


@one_database
def test_a_sound_page_passes(app: Flask) -> None:
    check(
        app,
        PAGE.format(
            '<form method="post" action="/logout"><input type="hidden" name="csrf_token" value="t">'
            '<label for="q">问</label><input id="q" name="q"><button>去</button></form>'
            '<div id="place" hx-get="/standing?year=2025" hx-target="#place">x</div>'
        ),
    )
