"""The answer to one person's claims as JSON text, written straight from the books of credit.

The layout is that of `json.dumps(..., ensure_ascii=False)`. An answer is mostly the same few phrases
again and again, so it is put together from texts; a tree of objects to be encoded takes three times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import JSONEncoder, encode_basestring
from typing import Any

from portal.rules.amounts import show_hours
from portal.rules.credit import Book, Books
from portal.rules.explain import sentence
from portal.rules.findings import Finding, Record, findings_in
from portal.rules.standing import Projection, Revocation
from portal.rules.totals import CREDITED, NOT_FINISHED, year_standing

_quoted = encode_basestring
_json = JSONEncoder(ensure_ascii=False).encode
_TRUTH = {True: "true", False: "false"}
_NOTHING_YET = f'{{"credited": "0", "by_year": {{}}, "status": "{NOT_FINISHED}", "findings": []}}'


def written(
    ids: Sequence[str],
    books: Books,
    waiting: set[str],
    titles: Mapping[str, str],
    projection: Projection | None = None,
    revoked: Revocation | None = None,
) -> str:
    """The answer as one line of JSON: every claim of `ids` in order, the years, and what else was asked."""
    parts = [
        f'"claims": {{{", ".join(_claims(ids, books, waiting, titles))}}}',
        f'"years": {{{", ".join(_year(year, books[year]) for year in sorted(books))}}}',
    ]
    if projection is not None:
        parts.append(f'"projection": {_json(_projection(projection))}')
    if revoked is not None:
        parts.append(f'"revoke": {_json(_revocation(revoked))}')
    return f"{{{', '.join(parts)}}}"


def _claims(ids: Iterable[str], books: Books, waiting: set[str], titles: Mapping[str, str]) -> list[str]:
    """Each claim's text under its id."""
    records: dict[str, list[Record]] = {name: [] for name in ids}
    for year in sorted(books):
        book = books[year]
        for at, row in enumerate(book.rows):
            records[row[0]].append((book, at, year))
    texts = []
    for name, record in records.items():
        if name in waiting:
            texts.append(f"{_quoted(name)}: {_NOTHING_YET}")
            continue
        if len(record) == 1:
            book, at, year = record[0]
            _, _, _, _, _, asked, total, _ = book.rows[at]
            head = _one_year(year, total)
        else:
            by_year = {year: book.rows[at][6] for book, at, year in record}
            asked, total = sum([book.rows[at][5] for book, at, _ in record]), sum(by_year.values())
            head = _head(total, by_year)
        clipped = ", ".join(map(_finding, findings_in(record, titles))) if total < asked else ""
        texts.append(f"{_quoted(name)}: {head}{clipped}]}}")
    return texts


def _head(total: int, by_year: Mapping[int, int]) -> str:
    """A credited claim's text up to its findings."""
    years = ", ".join([f'"{year}": "{show_hours(quarters)}"' for year, quarters in by_year.items()])
    return (
        f'{{"credited": "{show_hours(total)}", "by_year": {{{years}}}, "status": "{CREDITED}", "findings": ['
    )


@lru_cache(maxsize=8192)
def _one_year(year: int, quarters: int) -> str:
    """The same for a claim of a single year: one of few texts."""
    return _head(quarters, {year: quarters})


def _finding(finding: Finding) -> str:
    taken_by = ", ".join([_quoted(taker.id) for taker in finding.taken_by])
    window = f'["{finding.window[0]}", "{finding.window[1]}"]' if finding.window else "null"
    return (
        f'{{"rule": {_quoted(finding.rule)}, "year": "{finding.year}", '
        f'"limit": "{show_hours(finding.limit)}", "taken": "{show_hours(finding.taken)}", '
        f'"left": "{show_hours(finding.left)}", "taken_by": [{taken_by}], "window": {window}, '
        f'"text": {_quoted(sentence(finding))}}}'
    )


def _year(year: int, book: Book) -> str:
    """A year with counted claims; of the categories those that occur."""
    standing = year_standing(book.plan, year, book, {})
    categories = {row[1]: standing.categories[row[1]] for row in book.rows}
    standards = ", ".join(
        [
            f'{{"subject": {_quoted(s.subject)}, "need": "{show_hours(s.need)}", '
            f'"have": "{show_hours(s.have)}", "met": {_TRUTH[s.met]}}}'
            for s in standing.standards
        ]
    )
    return (
        f'"{year}": {{"categories": {{{_amounts(categories)}}}, '
        f'"subjects": {{{_amounts(standing.subjects)}}}, "total": "{show_hours(standing.total)}", '
        f'"standards": [{standards}], "met": {_TRUTH[standing.met]}}}'
    )


def _amounts(quarters: Mapping[str, int]) -> str:
    return ", ".join([f'{_quoted(name)}: "{show_hours(amount)}"' for name, amount in quarters.items()])


def _projection(projection: Projection) -> dict[str, Any]:
    return {
        "total_now": show_hours(projection.total_now),
        "total_if_all": show_hours(projection.total_if_all),
        "claims": {
            claim: {"at_most": show_hours(bounds.at_most), "at_least": show_hours(bounds.at_least)}
            for claim, bounds in projection.claims.items()
        },
        "years": {
            str(year): {
                "subjects": {
                    subject: {
                        "now": show_hours(bounds.now),
                        "at_least": show_hours(bounds.at_least),
                        "at_most": show_hours(bounds.at_most),
                        "met": bounds.met,
                    }
                    for subject, bounds in outlook.subjects.items()
                },
                "met": outlook.met,
            }
            for year, outlook in projection.years.items()
        },
    }


def _revocation(revoked: Revocation) -> dict[str, Any]:
    return {
        "gains": {claim: show_hours(quarters) for claim, quarters in revoked.gains.items()},
        "total_before": show_hours(revoked.total_before),
        "total_after": show_hours(revoked.total_after),
    }
