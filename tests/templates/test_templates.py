"""Templates keep the house's conventions, and the shared parts say what they should."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, get_template_attribute
from wtforms import BooleanField, Form, MultipleFileField, RadioField, SelectChoice, SelectField, StringField

import portal
from portal import presentation
from portal.rules.vocabulary import Status

PORTAL = Path(portal.__file__).parent
TEMPLATES = PORTAL / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted(PORTAL.rglob("*.py")))
# what a view answers with; other _files are parts of these
FRAGMENTS = [path for path in ALL if path.name[0] == "_" and f'{path.relative_to(TEMPLATES)}"' in SOURCES]
VOID = {"input", "br", "img", "meta", "link", "hr", "rect", "line", "use", "col", "source"}

FORBIDDEN = (
    (r"\sstyle\s*=", "inline style", "give it a class in portal.css"),
    (r"<style\b", "style element", "put it into portal.css"),
    (r"<script(?![^>]*\bsrc=)[^>]*>", "inline script", "put it into portal.js"),
    (r"\s(?:data-)?hx-on\b", "hx-on", "listen in portal.js"),
    (r"\son[a-z]+\s*=\s*[\"']", "inline event handler", "listen in portal.js"),
    (r"[\"']\s*(?:js|javascript):", "script address", "use a real address, or portal.js"),
    (r"\|\s*safe\b", "|safe", "let Jinja escape; pass Markup made from our own templates"),
    (r"autoescape\s+false", "autoescape off", "let Jinja escape"),
    (
        r"hx-trigger\s*=\s*[\"'][^\"']*\[",
        "filter in hx-trigger",
        "the policy forbids eval; listen in portal.js",
    ),
)


def short(path: Path) -> str:
    return str(path.relative_to(PORTAL.parent))


# xhtml2pdf reads styles from the page itself; this one is never sent to a browser
BROWSER = [path for path in ALL if path.name != "pdf.html"]


@pytest.mark.parametrize("path", BROWSER, ids=short)
def test_nothing_the_content_policy_forbids(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    for pattern, fault, mend in FORBIDDEN:
        found = re.search(pattern, text)
        assert not found, f"{short(path)}: {fault} ({found[0].strip() if found else ''}); {mend}."


UNITS = "学时|天|项|条|行|人|页|年度"
SENTENCES = [*BROWSER, *sorted((PORTAL / "rules").glob("*.py")), *sorted((PORTAL / "services").glob("*.py"))]


@pytest.mark.parametrize("path", SENTENCES, ids=short)
def test_a_number_stands_apart_from_its_unit(path):
    text = path.read_text("utf-8")
    number = r"\}\}" if path.suffix == ".html" else r"(?<!\})\}"
    found = re.search(rf".{{0,30}}{number}(?:{UNITS})", text)
    assert not found, (
        f"{short(path)}: {found[0] if found else ''!r}; put a space between the number and its unit."
    )


class Roots(HTMLParser):
    """Collects the elements that stand outside any other one."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        if self.depth == 0:
            self.roots.append((tag, dict(attrs)))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag, attrs):
        if self.depth == 0:
            self.roots.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.depth -= 1


def unfolded(path: Path) -> str:
    """The template with its includes in place, without comments and macros."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{% macro .*?endmacro %\}", "", text, flags=re.DOTALL)
    return re.sub(
        r"\{%-? include [\"']([^\"']+)[\"'] -?%\}", lambda found: unfolded(TEMPLATES / found[1]), text
    )


def roots(path: Path) -> list[tuple[str, dict[str, str | None]]]:
    parser = Roots()
    text = re.sub(r"\{\{.*?\}\}", "x", unfolded(path), flags=re.DOTALL)
    parser.feed(re.sub(r"\{%.*?%\}", " ", text, flags=re.DOTALL))
    return parser.roots


@pytest.mark.parametrize("path", FRAGMENTS, ids=short)
def test_a_fragment_has_one_root_with_the_id_it_is_swapped_by(path):
    assert "{% extends" not in path.read_text("utf-8"), (
        f"{short(path)}: a fragment never extends base.html; call it page.html or drop the line."
    )
    swapped = [root for root in roots(path) if "hx-swap-oob" not in root[1]]
    for tag, attributes in roots(path):
        if ":" in attributes.get("hx-swap-oob", ""):
            continue  # names its places itself
        assert "id" in attributes, f"{short(path)}: <{tag}> has no id; give it the id it is swapped by."
    ids = {attributes["id"] for _, attributes in swapped}
    assert len(ids) == 1, (
        f"{short(path)}: {len(ids)} root elements {sorted(ids)}; wrap them in one with the id."
    )


@pytest.mark.parametrize("path", BROWSER, ids=short)
def test_every_class_is_styled(path):
    known = (PORTAL / "static/portal.css").read_text("utf-8")
    known += (PORTAL / "static/vendor/bootstrap.min.css").read_text("utf-8")
    text = re.sub(r"\{[%#].*?[%#]\}", " ", path.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(
        r"[\w-]*\{\{.*?\}\}[\w-]*", " ", text, flags=re.DOTALL
    )  # what is put together is not judged
    for value in re.findall(r'\bclass="([^"]*)"', text):
        for name in value.split():
            assert re.search(rf"\.{re.escape(name)}(?![\w-])", known), (
                f"{short(path)}: no style for class {name!r}; use one of docs/interface-parts.md, "
                "or add it to portal.css."
            )


@pytest.fixture
def app():
    made = Flask(portal.__name__, root_path=str(PORTAL))
    made.config.update(SECRET_KEY="x", TESTING=True)
    presentation.register(made)
    made.jinja_env.globals["csrf_token"] = lambda: "a-token"
    made.template_context_processors[None].clear()
    with made.test_request_context():
        yield made


def part(file: str, name: str):
    return get_template_attribute(f"_components/{file}.html", name)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html)).strip()


@pytest.mark.parametrize("status", Status)
def test_a_status_is_word_shape_and_colour(app, status):
    html = part("marks", "pill")(status)
    assert plain(html) == status.label
    assert re.search(r'icons\.svg\?v=\w+#[a-z-]+"', html)
    assert re.search(r'class="pill pill-(plain|wait|warn|ok|bad)"', html)


def test_no_two_statuses_look_alike(app):
    shapes = [re.search(r"#([a-z-]+)\"", part("marks", "pill")(status))[1] for status in Status]
    assert len(set(shapes)) == len(shapes)


def test_met_says_how_much_is_missing(app):
    met = part("marks", "met")
    assert plain(met(True)) == "达标"
    assert plain(met(False)) == "未达标"
    assert plain(met(False, 62)) == "还差 15.5 学时"
    assert plain(met(False, 62, brief=True)) == "差 15.5"


def test_a_meter_never_draws_past_its_end(app):
    html = part("amounts", "meter")([("done", 176), ("pend", 100)], 240, "已计入 44，待审核 25，共需 60 学时")
    drawn = re.findall(r'class="m-(\w+)"\s+x="([\d.]+)%"\s+width="([\d.]+)%"', html)
    assert [(kind, float(x), float(width)) for kind, x, width in drawn] == [
        ("done", 0, 73.33),
        ("pend", 73.33, 26.67),
    ]
    assert 'aria-label="已计入 44，待审核 25，共需 60 学时"' in html


def test_a_meter_of_nothing_needed_draws_only_its_track(app):
    html = part("amounts", "meter")([("done", 4)], 0, "无要求")
    assert html.count("<rect") == 1


class Claim(Form):
    kind = SelectField("形式", choices=[SelectChoice("进修", "进修")])
    hours = StringField("学时", description="以半学时为单位")
    approval = RadioField(
        "审批", choices=[SelectChoice("organised", "学校组织"), SelectChoice("approved", "学校审批同意")]
    )
    truthful = BooleanField("内容真实")
    evidence_hours = MultipleFileField("学时证明")


@pytest.fixture
def form():
    made = Claim()
    made.process()
    return made


def test_a_field_ties_label_hint_and_errors_to_its_input(app, form):
    form.hours.errors = ["“<b>”不是学时数。"]
    html = part("forms", "field")(form.hours, inputmode="decimal")
    assert '<label for="hours">' in html
    assert 'aria-describedby="hours-hint hours-errors"' in html
    assert 'aria-invalid="true"' in html
    assert 'inputmode="decimal"' in html
    assert 'id="hours-hint">以半学时为单位' in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_field_without_fault_says_none(app, form):
    html = part("forms", "field")(form.kind)
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert 'class="form-select"' in html


def test_a_choice_of_few_is_a_group_with_a_name(app, form):
    html = part("forms", "field")(form.approval)
    assert "<legend>审批</legend>" in html
    assert html.count('type="radio"') == 2
    for number in (0, 1):
        assert f'for="approval-{number}"' in html


def test_a_tick_and_a_file_keep_their_kinds(app, form):
    assert 'class="form-check-input"' in part("forms", "field")(form.truthful)
    assert 'type="file"' in part("forms", "field")(form.evidence_hours)


def test_faults_link_to_their_fields(app, form):
    assert not part("forms", "faults")(form).strip()
    form.hours.errors = ["请填写学时。"]
    html = part("forms", "faults")(form)
    assert "有 1 处需要更正" in html
    assert '<a href="#hours">学时</a>' in html


def test_a_finding_quotes_the_notice_and_names_its_rule(app):
    found = SimpleNamespace(rule="day", title="少计 12 学时", text="只剩 8 学时。", quote="不超过8学时/天")
    html = part("texts", "finding")(found)
    assert 'data-rule="day"' in html
    assert '<blockquote class="quote">不超过8学时/天</blockquote>' in html


def test_a_timeline_keeps_order_reasons_and_times(app):
    first = SimpleNamespace(
        at=datetime(2025, 12, 1, 0, 0, tzinfo=UTC), who="陈晓", what="提交", reason="", tone="wait"
    )
    then = SimpleNamespace(at=None, who="李静", what="退回", reason="缺少公章", tone="warn")
    words = plain(part("texts", "timeline")([first, then]))
    assert words == "提交 陈晓 · 2025-12-01 08:00 退回 李静缺少公章"


def test_a_pager_with_nowhere_to_go_is_not_there(app):
    assert not part("texts", "pager")(None, None).strip()
    assert 'rel="next" href="/x?after=3"' in part("texts", "pager")(None, "/x?after=3")


def test_an_error_fragment_says_what_why_and_what_next(app):
    html = app.jinja_env.get_template("errors/_fragment.html").render(
        status=404, title="没有找到", why="不在您的查看范围内。", then="请从菜单重新进入。", request_id="ab12"
    )
    for words in ("没有找到", "不在您的查看范围内。", "请从菜单重新进入。", "ab12", 'role="alert"'):
        assert words in html
