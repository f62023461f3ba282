"""Requests put together: who asks, where, with which form, and what is odd about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from posted import DEEDS

from fuzz import heads
from fuzz.asked import METHODS, Asked, Field, route_address, thing
from fuzz.bodies import batches, bodies
from fuzz.calls import Call, File, Form, Pairs, Raw
from fuzz.nouns import TEXTS, UNASKED, right, wrong
from fuzz.samples import SAMPLES
from fuzz.world import ROLES, World

FILE_KINDS = (
    "image/png",
    "application/pdf",
    "text/csv",
    "",
    "x",
    "text/html",
    "application/zip",
    "a/b; c=\xff",
)
FILE_NAMES = (
    *(
        "证明.png",
        "证明.pdf",
        "a.xlsx",
        "a.csv",
        "a.toml",
        "a.jpg",
        "",
        ".",
        "..",
        "a",
        ".png",
        "a.PNG",
        "a.png.exe",
    ),
    *(
        "../../x.png",
        "C:\\x.png",
        "a\x00.png",
        "a\r\nX-Injected: 1.png",
        "\u202egnp.exe",
        "\ud800.png",
        "x" * 300,
    ),
    *("𠮷.pdf", "CON.png", "a.svg", "a.html", "a;b.png", '"a".png', "%2e%2e%2fa.png", "<script>.png"),
)
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Catalogue:
    """Every route, the forms that lead there, and the things addresses may name."""

    world: World
    asked: Sequence[Asked]
    only: frozenset[str] = frozenset()  # endpoints; none means all

    @cached_property
    def routes(self) -> tuple[tuple[Any, str], ...]:
        """(rule, method), in an order that is always the same."""
        every = self.world.app.url_map.iter_rules()
        wanted = [rule for rule in every if not self.only or rule.endpoint in self.only]
        rules = sorted(wanted, key=lambda rule: (rule.rule, rule.endpoint))
        return tuple((rule, method) for rule in rules for method in METHODS if method in (rule.methods or ()))

    @cached_property
    def forms(self) -> dict[tuple[str, str], tuple[Asked, ...]]:
        """The forms by endpoint and method; with what the census posts where no page shows one."""
        found: dict[tuple[str, str], tuple[Asked, ...]] = {}
        adapter = self.world.app.url_map.bind("localhost")
        for one in self.asked:
            to = one.to.format_map(self.world.names)
            endpoint, _ = adapter.match(to, method=one.method)
            found[endpoint, one.method] = (*found.get((endpoint, one.method), ()), one)
        for endpoint, deed in DEEDS.items():
            plain = {name: value for name, value in deed.body.items() if isinstance(value, str)}
            fields = tuple(Field(name, "text", (value,)) for name, value in plain.items())
            found.setdefault((endpoint, "POST"), (Asked("hr", "POST", "", fields),))
        return found

    @cached_property
    def asking(self) -> tuple[str, ...]:
        """Every name a page asks for in an address."""
        names = {field.name for one in self.asked if one.method == "GET" for field in one.fields}
        return tuple(sorted(names | {"after", "before", "page", "open", "decided", "file", "inline"}))


@dataclass(frozen=True, slots=True)
class Visit:
    """Requests one after the other."""

    calls: tuple[Call, ...]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"Visit({len(self.calls)} calls)")  # written out they may be megabytes


def visits(catalogue: Catalogue, size: int) -> st.SearchStrategy[Visit]:
    """At most so many requests; while a failure is narrowed down, single ones fall away."""
    drawn = st.lists(_call(catalogue), min_size=size, max_size=size)
    return drawn.map(lambda found: Visit(tuple(call for call in found if call is not None)))


@st.composite
def _call(draw: Draw, catalogue: Catalogue) -> Call | None:
    if draw(st.integers(0, 60)) == 0:
        return None
    rule, method = draw(st.sampled_from(catalogue.routes))
    forms = catalogue.forms.get((rule.endpoint, method), ())
    asked = draw(st.sampled_from(forms)) if forms else Asked("owner", method, "", ())
    call = Call(_role(draw, rule.endpoint, asked), method, _address(draw, catalogue, rule, asked))
    if method == "GET":
        call = replace(call, query=_query(draw, catalogue, asked))
    elif rule.endpoint == "api.course_records":
        call = replace(call, body=draw(batches()))
    else:
        call = replace(call, body=_body(draw, asked))
    return _odd(draw, call)


def _role(draw: Draw, endpoint: str, asked: Asked) -> str:
    fitting = "machine" if endpoint.startswith("api.") else asked.role
    if draw(st.integers(0, 9)) < 7:
        return fitting
    return str(draw(st.sampled_from(tuple(ROLES))))


def _address(draw: Draw, catalogue: Catalogue, rule: Any, asked: Asked) -> str:
    chance = draw(st.integers(0, 19))
    if chance < 10 and asked.to:
        return asked.to
    if chance == 19:
        return str(draw(st.sampled_from(heads.PATHS)))
    if chance == 18:
        return route_address(rule.endpoint, rule, lambda _: draw(st.sampled_from(heads.SEGMENTS)))

    def known(kind: str) -> str:
        return thing(catalogue.world, kind, lambda options: draw(st.sampled_from(options)))

    return route_address(rule.endpoint, rule, known)


def _query(draw: Draw, catalogue: Catalogue, asked: Asked) -> Pairs:
    """What a filter sends; beside it names of other pages, and names twice."""
    pairs = _pairs(draw, asked.fields)
    for name in draw(st.lists(st.sampled_from(catalogue.asking), max_size=2)):
        field = Field(name, "text", ())
        pairs += ((name, draw(st.one_of(right(field), wrong(field)))),)
    return pairs


def _body(draw: Draw, asked: Asked) -> Form | Raw:
    if draw(st.integers(0, 11)) == 11:
        return draw(bodies())
    files: tuple[File, ...] = ()
    if any(field.type == "file" for field in asked.fields) or draw(st.integers(0, 29)) == 29:
        names = [field.name for field in asked.fields if field.type == "file"] or ["file", "evidence_hours"]
        files = tuple(draw(_file(name)) for name in names if draw(st.integers(0, 3)))
    return Form(_pairs(draw, tuple(field for field in asked.fields if field.type != "file")), files)


def _pairs(draw: Draw, fields: tuple[Field, ...]) -> Pairs:
    """Each field right, wrong, missing or twice; how often depends on how wrong this form is to be."""
    spoils = draw(st.sampled_from((0, 1, 1, 4)))  # in 20
    found: list[tuple[str, str]] = []
    for field in fields:
        if field.type in ("checkbox", "radio", "button", "submit") and draw(st.integers(0, 4)) == 4:
            continue
        for _ in range(draw(st.integers(1, 3)) if field.many else 1):
            found += _pair(draw, field, draw(st.integers(0, 19)) >= 20 - spoils)
    if draw(st.integers(0, 14)) == 14:
        found.append((draw(st.sampled_from(UNASKED)), draw(st.sampled_from(("1", "approved", "hr", *TEXTS)))))
    return tuple(found)


def _pair(draw: Draw, field: Field, spoilt: bool) -> list[tuple[str, str]]:
    if not spoilt:
        return [(field.name, draw(right(field)))]
    way = draw(st.integers(0, 9))
    if way == 9:
        return []
    if way == 8:
        return [(field.name, draw(right(field))), (field.name, draw(wrong(field)))]
    if way == 7:
        return [(field.name + draw(st.sampled_from(("[]", "[0]", ".x", "\x00", " "))), draw(right(field)))]
    return [(field.name, draw(wrong(field)))]


def _file(name: str) -> st.SearchStrategy[File]:
    spot = st.one_of(st.none(), st.none(), st.integers(0, 5000))
    return st.builds(
        File,
        st.just(name),
        st.sampled_from(FILE_NAMES),
        st.sampled_from(tuple(SAMPLES)),
        st.sampled_from(FILE_KINDS),
        spot,
        spot,
    )


def _odd(draw: Draw, call: Call) -> Call:
    """What is odd besides: headers, the method, the announced length, a token that is missing."""
    headers: Pairs = ()
    chance = draw(st.integers(0, 19))
    if chance >= 15:
        headers += tuple(draw(st.lists(st.sampled_from(heads.HX), min_size=1, max_size=3)))
    elif chance >= 10:
        headers += (("HX-Request", "true"),)
    if draw(st.integers(0, 9)) >= 7:
        headers += tuple(draw(st.lists(st.sampled_from(heads.HEADERS), min_size=1, max_size=2)))
    odd = draw(st.integers(0, 39))
    if odd == 39:
        call = replace(call, method=draw(st.sampled_from(heads.METHODS)))
    elif odd == 38:
        call = replace(call, length=draw(st.sampled_from(heads.LENGTHS)))
    elif odd == 37:
        call = replace(call, token=False)
    elif odd == 36:
        call = replace(call, body=draw(bodies()))
    return replace(call, headers=headers)
