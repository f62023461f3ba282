"""What the pages themselves ask for: every form they show, with its fields and the values they offer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from matrix import MATRIX
from matrix import ROLES as COLUMNS
from strict import parse

from fuzz.calls import Call
from fuzz.door import Door
from fuzz.world import World

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NOBODY = "00000000-0000-4000-8000-000000000000"
_PLACE = re.compile(r"\{[a-z0-9_]+\}|[0-9a-f-]{36}")
_NO_PAGE = re.compile(r"static|\.(pdf|csv|xlsx|json)|/preview|/file|/evidence/")
_LETS_IN = ("ok", "own")
_VERBS = ("get", "post")
METHODS = ("GET", "POST")
READERS = ("anon", "owner", "admin", "hr", "audit")
ALIKE = 3  # forms of the same fields under addresses of the same kind


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, type (`text`, `date`, `select`, `file`, …) and the values the page offers."""

    name: str
    type: str
    values: tuple[str, ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A form of a page: who saw it, where it leads to."""

    role: str
    method: str
    to: str
    fields: tuple[Field, ...]


def route_address(endpoint: str, rule: Any, fill: Callable[[str], str]) -> str:
    """The rule's address; `fill` is told the kind of thing each place wants."""
    return re.sub("<([^>]+)>", lambda place: fill(_kind(endpoint, place[1].rpartition(":")[2])), rule.rule)


def thing(world: World, kind: str, choose: Callable[[Sequence[str]], str]) -> str:
    """The name of a thing of that kind, as an address carries it."""
    if kind == "year":
        return choose(("2025", "2024"))
    return "{" + choose(world.kinds[kind]) + "}"


def _kind(endpoint: str, place: str) -> str:
    """What stands in a place of an address, as in tests/her_things.py."""
    special = {
        "batch": "course_batch" if "course" in endpoint else "batch",
        "uuid": "certificate" if "certificate" in endpoint else "evidence",
        "code": "progress" if endpoint.startswith("register.") else "code",
    }
    return special.get(place, place)


def harvest(world: World) -> tuple[Asked, ...]:
    """Read the pages and note their forms, at most a few of a kind; in an order that is always the same."""
    door = Door(world)
    found: dict[Asked, None] = {}
    alike: Counter[tuple[object, ...]] = Counter()
    spoken = {value: "{" + name + "}" for name, value in world.names.items() if len(value) > 12}
    for call in _pages(world):
        answer = door.send(call)
        if answer.status != 200 or answer.mimetype != "text/html":
            continue
        for form in _forms(answer.text, call.to, call.role, spoken):
            shape = (form.role, form.method, _PLACE.sub("", form.to), tuple(one.name for one in form.fields))
            alike[shape] += form not in found
            if alike[shape] <= ALIKE and form.method in METHODS:
                found[form] = None
    return tuple(found)


def _pages(world: World) -> Iterator[Call]:
    """Each page once, as the first of the readers who may; those with a claim for claims in each state."""
    for rule in sorted(world.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        row = MATRIX.get((rule.endpoint, "GET"), "").split()
        role = next((one for one in READERS if row and row[COLUMNS.index(one)] in _LETS_IN), None)
        if role is None or _NO_PAGE.search(rule.rule):
            continue
        first = route_address(rule.endpoint, rule, lambda kind: thing(world, kind, lambda known: known[0]))
        yield Call(role, to=first)
        if "claim" in rule.arguments:
            for name in world.kinds["claim"][1:]:
                yield Call(role, to=first.replace("{claim}", "{" + name + "}"))


def _forms(text: str, address: str, role: str, spoken: dict[str, str]) -> Iterator[Asked]:
    tree, _ = parse(text)

    def told(given: str) -> str:
        for value, name in spoken.items():
            given = given.replace(value, name)
        return _UUID.sub(_NOBODY, given)

    def where(given: str | None) -> str:
        return told(urlsplit(urljoin(address, given or "")).path)

    for form in tree.iter("form"):
        asked = _fields(form, tree, told)
        method = (form.get("method") or "get").upper()
        yield Asked(role, method, where(form.get("action")), asked)
        for button in form.iter("button", "input"):
            if button.get("formaction"):
                other = (button.get("formmethod") or method).upper()
                yield Asked(role, other, where(button.get("formaction")), asked)
    for element in tree.xpath("//*[@hx-get or @hx-post]"):
        form = element if element.tag == "form" else next(element.iterancestors("form"), None)
        for verb in _VERBS:
            if element.get(f"hx-{verb}") is not None:
                asked = _fields(form, tree, told) if form is not None else ()
                yield Asked(role, verb.upper(), where(element.get(f"hx-{verb}")), asked)
    for link in tree.iter("a"):
        parts = urlsplit(urljoin(address, link.get("href") or ""))
        if parts.query and not parts.netloc:
            asked = tuple(Field(name, "link", (told(value),)) for name, value in parse_qsl(parts.query))
            yield Asked(role, "GET", told(parts.path), asked)


def _fields(form: Any, tree: Any, told: Any) -> tuple[Field, ...]:
    """Fields of the form by name, those outside that name it included; the token is sent otherwise."""
    own = form.get("id")
    inside = list(form.iter("input", "select", "textarea", "button"))
    outside = tree.xpath("//*[@form=$own]", own=own) if own else []
    found: dict[str, Field] = {}
    for element in [*inside, *outside]:
        name = element.get("name")
        if not name or name == "csrf_token":
            continue
        known = found.get(name)
        values = tuple(told(value) for value in _values(element) if value is not None)
        again = known is not None and element.get("type") == "checkbox"
        merged = tuple(dict.fromkeys([*(known.values if known else ()), *values]))
        found[name] = Field(name, known.type if known else _type(element), merged[:40], many=again)
    return tuple(found.values())


def _type(element: Any) -> str:
    if element.tag == "input":
        return str(element.get("type") or "text")
    return str(element.tag)


def _values(element: Any) -> list[str | None]:
    if element.tag == "select":
        return [option.get("value", option.text_content().strip()) for option in element.iter("option")]
    if element.tag == "textarea":
        return [element.text_content()]
    return [element.get("value")]
