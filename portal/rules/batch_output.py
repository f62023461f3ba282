"""The answer to one person's claims as JSON text, written straight from the books of credit.

The layout is that of `json.dumps(..., ensure_ascii=False)`. An answer is mostly the same few phrases
again and again, so it is put together from texts; a tree of objects to be encoded takes three times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import JSONEncoder, encode_basestring
from typing import Any

from portal.rules.amounts import show_hours
from portal.rules.credit import Book, Books
from portal.rules.explain import sentence
from portal.rules.findings import Finding, Record, findings_in
from portal.rules.standing import Projection, Revocation
from portal.rules.totals import CREDITED, NOT_FINISHED, year_standing

_hours = lru_cache(maxsize=8192)(show_hours)
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


def _claims(ids: Iterable[str], books: Books, waiting: set[str], titles: Mapping[str, str]) -> Iterator[str]:
    """Each claim's text under its id; one of a single year that is not clipped is one of few texts."""
    records: dict[str, list[Record]] = {name: [] for name in ids}
    for year in sorted(books):
        book = books[year]
        for at, row in enumerate(book.rows):
            records[row[0]].append((book, at, year))
    for name, record in records.items():
        if name in waiting:
            yield f"{_quoted(name)}: {_NOTHING_YET}"
        elif len(record) == 1 and (row := record[0][0].rows[record[0][1]])[5] == row[6]:
            yield f"{_quoted(name)}: {_whole(record[0][2], row[6])}"
        else:
            yield f"{_quoted(name)}: {_claim(record, titles)}"


@lru_cache(maxsize=8192)
def _whole(year: int, quarters: int) -> str:
    """A claim of one year that counts in full."""
    return _credited(quarters, {year: quarters}, ())


def _claim(record: Sequence[Record], titles: Mapping[str, str]) -> str:
    rows = [(book.rows[at], year) for book, at, year in record]
    asked, total = sum(row[5] for row, _ in rows), sum(row[6] for row, _ in rows)
    found = findings_in(record, titles) if total < asked else ()
    return _credited(total, {year: row[6] for row, year in rows}, found)


def _credited(total: int, by_year: Mapping[int, int], found: Iterable[Finding]) -> str:
    years = ", ".join([f'"{year}": "{_hours(quarters)}"' for year, quarters in by_year.items()])
    return (
        f'{{"credited": "{_hours(total)}", "by_year": {{{years}}}, "status": "{CREDITED}", '
        f'"findings": [{", ".join(map(_finding, found))}]}}'
    )


def _finding(finding: Finding) -> str:
    taken_by = ", ".join([_quoted(taker.id) for taker in finding.taken_by])
    window = f'["{finding.window[0]}", "{finding.window[1]}"]' if finding.window else "null"
    return (
        f'{{"rule": {_quoted(finding.rule)}, "year": "{finding.year}", "limit": "{_hours(finding.limit)}", '
        f'"taken": "{_hours(finding.taken)}", "left": "{_hours(finding.left)}", '
        f'"taken_by": [{taken_by}], "window": {window}, "text": {_quoted(sentence(finding))}}}'
    )


def _year(year: int, book: Book) -> str:
    """A year with counted claims; of the categories those that occur."""
    standing = year_standing(book.plan.policy, year, book, {})
    categories = {row[1]: standing.categories[row[1]] for row in book.rows}
    standards = ", ".join(
        [
            f'{{"subject": {_quoted(s.subject)}, "need": "{_hours(s.need)}", "have": "{_hours(s.have)}", '
            f'"met": {_TRUTH[s.met]}}}'
            for s in standing.standards
        ]
    )
    return (
        f'"{year}": {{"categories": {{{_amounts(categories)}}}, '
        f'"subjects": {{{_amounts(standing.subjects)}}}, "total": "{_hours(standing.total)}", '
        f'"standards": [{standards}], "met": {_TRUTH[standing.met]}}}'
    )


def _amounts(quarters: Mapping[str, int]) -> str:
    return ", ".join([f'{_quoted(name)}: "{_hours(amount)}"' for name, amount in quarters.items()])


def _projection(projection: Projection) -> dict[str, Any]:
    return {
        "total_now": _hours(projection.total_now),
        "total_if_all": _hours(projection.total_if_all),
        "claims": {
            claim: {"at_most": _hours(bounds.at_most), "at_least": _hours(bounds.at_least)}
            for claim, bounds in projection.claims.items()
        },
        "years": {
            str(year): {
                "subjects": {
                    subject: {
                        "now": _hours(bounds.now),
                        "at_least": _hours(bounds.at_least),
                        "at_most": _hours(bounds.at_most),
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
        "gains": {claim: _hours(quarters) for claim, quarters in revoked.gains.items()},
        "total_before": _hours(revoked.total_before),
        "total_after": _hours(revoked.total_after),
    }
