"""What officers write is shown; what they must not write stays text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as trees

from portal.markdown import to_html

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><g onload=alert(1)></svg>",
    "<iframe src='https://evil.example'></iframe>",
    "<a href='javascript:alert(1)'>点我</a>",
    "<style>*{display:none}</style>",
    "<form action='https://evil.example'><input name=password></form>",
    "<div><div><p onclick='alert(1)'><b>嵌套</b></div>",
    "<!-- --><script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "[点我](javascript:alert(1))",
    "[点我](JaVaScRiPt:alert(1))",
    "[点我](javascript&colon;alert(1))",
    "[点我](&#106;avascript:alert(1))",
    "[点我](java%0ascript:alert(1))",
    "[点我](vbscript:msgbox(1))",
    "[点我](data:text/html;base64,PHNjcmlwdD4=)",
    "[点我](data:image/svg+xml;base64,PHN2Zz4=)",
    "[点我](file:///etc/passwd)",
    "[点我](//evil.example/a)",
    "[点我](/\\evil.example)",
    "[点我](\\\\evil.example)",
    "[点我](http:evil.example)",
    "[点我](mailto:a@evil.example)",
    "[点我]: javascript:alert(1)\n\n[点我]",
    "<javascript:alert(1)>",
    "![图](https://evil.example/track.png)",
    "![图](data:image/png;base64,AAAA)",
    '[点我](https://a.example "x\\" onmouseover=\\"alert(1)")',
    "```<script>\nalert(1)\n```",
    "`<img src=x onerror=alert(1)>`",
    "| <script> |\n|---|\n| <b onclick=x> |",
)
ALLOWED = {
    *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}


def checked(text: str) -> str:
    """The HTML, once every element, attribute and link of it is known to be harmless."""
    made = str(to_html(text))
    for element in trees.fragment_fromstring(made, create_parent="section").iterdescendants():
        assert element.tag in ALLOWED, made
        assert set(element.attrib) <= {"href", "title", "rel", "start"}, made
        if element.tag == "a":
            assert element.attrib["rel"] == "noopener noreferrer"
            target = element.attrib.get("href", "/")
            assert target.lower().startswith(("http://", "https://", "/", "#")), made
            assert not target.startswith(("//", "/\\")), made
    return made


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_stays_text(text: str) -> None:
    made = checked(text)
    assert "<script" not in made
    assert "<img" not in made


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "\n", "> ", "* ", "](", "<", "**", "[", "`", "&#x", "\x00"]), max_size=8
    )
)
def test_no_mixture_of_them_gets_through(parts: list[str]) -> None:
    checked("".join(parts))


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "> " * 10_000, "*a **b " * 3_000, "<" * 20_000, "![" * 10_000]
)
def test_a_long_and_crooked_text_is_still_answered(text: str) -> None:
    assert 0 < len(checked(text)) <= 6 * len(text)


def test_what_a_notice_needs_is_shown() -> None:
    made = checked(
        "# 一、范围\n\n全校**专业技术人员**。\n\n1. 公需科目\n2. 专业科目\n\n| 科目 | 学时 |"
        "\n|---|---|\n| 公需 | 30 |\n\n<http://117.73.255.69:9080>，见[规则](/rules)。"
    )
    assert "<h2>一、范围</h2>" in made
    assert "<strong>专业技术人员</strong>" in made
    assert made.count("<li>") == 2
    assert "<td>30</td>" in made
    assert '<a href="http://117.73.255.69:9080"' in made
    assert '<a href="/rules" rel="noopener noreferrer">规则</a>' in made


def test_headings_end_at_the_sixth_level() -> None:
    assert "<h6>末级</h6>" in checked("###### 末级")
