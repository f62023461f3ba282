"""Turns Markdown written by officers into HTML that is safe to show: no markup of their own, no pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

# of the whole web, or a page of this portal; "//host" would leave it under the guise of a path
_LINK = re.compile(r"https?://[^/?#\s]|/(?![/\\])|/?$|#", re.IGNORECASE)
_TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def to_html(text: str) -> Markup:
    """The text as HTML of our own making: headings from h2 down, links to http(s) or paths of the portal.

    Raw HTML comes out as the text it is, a forbidden link as the words it was written with.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"  # the page's own title is its h1
    made = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704  (nh3 has just cleaned it)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").disable("image")
    may_link: Callable[[str], Any] = _LINK.match
    parser.validateLink = lambda url: bool(may_link(url))  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
