"""`portal assess`: people's claims as JSON or JSON Lines in, what counts and why out, in the same order."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NoReturn

import click

from portal.rules.batch import PERSON_KEYS, BadInput, answer
from portal.rules.facts import BadFacts
from portal.rules.policy import PolicyError, shipped

_MARK = b"\xef\xbb\xbf"  # what some editors put before UTF-8
_BLANK = _MARK + b" \t\r\n"


@click.command("assess")
@click.argument("file", metavar="FILE")
def assess_command(file: str) -> None:
    """Assess the claims in FILE ("-" is standard input): one JSON object, or one a line.

    Bad input ends with code 2 and one line that names the person, the claim and the field.
    """
    try:
        if file == "-":
            _assess(sys.stdin.buffer)
        else:
            with Path(file).open("rb") as stream:
                _assess(stream)
    except OSError as error:
        _refuse(file, "", "FILE", f"不能读取：{error.strerror}。")
    except PolicyError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def _assess(stream: IO[bytes]) -> None:
    policies = shipped()
    # Answers hold no reference cycles; looking for some after every few people is time lost.
    gc.freeze()
    gc.set_threshold(200_000)
    out = sys.stdout.buffer
    for place, text in _people(stream):
        person = _parsed(place, text)
        try:
            found = answer(policies, person)
        except (BadInput, BadFacts) as error:
            _refuse(_whose(place, person), error.claim, error.field, error.text)
        # A lone surrogate in an id goes out as the escape it came in as.
        out.write(f"{found}\n".encode("utf-8", "backslashreplace"))
    out.flush()


def _people(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """(where, JSON text) of each person: the whole input if it is one object, else its lines."""
    lines = ((number, line) for number, line in enumerate(stream, 1) if line.strip(_BLANK))
    number, first = next(lines, (0, b""))
    if not first:
        _refuse("输入", "", "JSON", "没有内容。")
    first = first.removeprefix(_MARK)
    if not _complete(first):
        yield "输入", first + stream.read()
        return
    yield f"第 {number} 行", first
    for number, line in lines:
        yield f"第 {number} 行", line


def _complete(line: bytes) -> bool:
    """Whether the first line is a whole JSON value, so that each line is one person."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _parsed(place: str, text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError:
        _refuse(place, "", "JSON", "不是 UTF-8 编码。")
    except json.JSONDecodeError as error:
        _refuse(place, "", "JSON", f"第 {error.lineno} 行第 {error.colno} 列不是合法的 JSON：{error.msg}。")
    except (ValueError, RecursionError) as error:
        _refuse(place, "", "JSON", f"不能读取：{error}。")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} 不是数字")


def _whose(place: str, person: Any) -> str:
    names = [person.get(key) for key in PERSON_KEYS] if isinstance(person, dict) else []
    given = next((str(name) for name in names if isinstance(name, str | int) and name != ""), "")
    return f"{place}（{given}）" if given else place


def _refuse(person: str, claim: str, field: str, text: str) -> NoReturn:
    """One line on standard error, whatever the data held, and code 2."""
    claimed = [f"申报 {claim}"] if claim else []
    line = "：".join([person, *claimed, field, text])
    sys.stdout.buffer.flush()
    printable = "".join(letter if letter.isprintable() else " " for letter in line)
    click.echo(printable[:400], err=True)
    sys.exit(2)
