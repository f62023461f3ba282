"""The results as tables in Markdown."""

from __future__ import annotations

from typing import Any

_HEAD = (
    "scenario",
    "database",
    "people",
    "seconds",
    "requests",
    "req/s",
    "writing",
    "errors",
    "p50 / p95 / p99 ms",
    "memory MB: start, settled → last (growth)",
    "jobs due, done after",
    "promises kept",
    "aims",
)


def tables(results: list[dict[str, Any]], machine: str) -> str:
    """One line a scenario; then each kind of request, and what it took without pauses."""
    parts = [machine, "", _table(_HEAD, [_line(one) for one in results])]
    for one in results:
        parts += ["", f"### {one['scenario']}", "", _kinds(one)]
    if any(one["levels"] for one in results):
        parts += ["", "### Without pauses", "", _levels(results)]
    faults = [f"- {one['scenario']}: {fault}" for one in results for fault in one["faults"]]
    if faults:
        parts += ["", "### Faults", "", *faults]
    return "\n".join(parts) + "\n"


def _line(one: dict[str, Any]) -> list[str]:
    memory = one["memory"]
    kept = one["promised"] - len(one["broken"])
    return [
        f"{one['scenario']}: {one['title']}",
        one["database"],
        str(one["people"]),
        f"{one['seconds']:.0f}",
        str(one["requests"]),
        f"{one['per_second']:.1f}",
        f"{100 * one['writing']:.0f} %",
        str(one["errors"]),
        f"{one['p50']:.0f} / {one['p95']:.0f} / {one['p99']:.0f}",
        f"{memory['start']:.0f}, {memory['early']:.0f} → {memory['late']:.0f} ({memory['growth']:+.1f} %)",
        f"{one['jobs']['due']}, {one['jobs_done']:.1f} s",
        f"{kept} of {one['promised']}",
        "; ".join(one["missed"]) or ("reached" if not one["faults"] else "**faults**"),
    ]


def _kinds(one: dict[str, Any]) -> str:
    head = ("request", "number", "req/s", "errors", "p50", "p95", "p99", "longest ms", "answers")
    lines = []
    for kind, found in sorted(one["kinds"].items(), key=lambda item: -item[1]["p95"]):
        answers = ", ".join(f"{code} × {number}" for code, number in found["statuses"].items())
        times = [f"{found[name]:.0f}" for name in ("p50", "p95", "p99", "longest")]
        counts = [str(found["requests"]), f"{found['per_second']:.2f}", str(found["errors"])]
        lines.append([kind, *counts, *times, answers])
    return _table(head, lines)


def _levels(results: list[dict[str, Any]]) -> str:
    head = ("database", "people", "req/s", "errors", "p50", "p95", "p99 ms", "driver's share of a core")
    lines = [
        [
            one["database"],
            str(level["people"]),
            f"{level['per_second']:.1f}",
            str(level["errors"]),
            *(f"{level[name]:.0f}" for name in ("p50", "p95", "p99")),
            f"{100 * level['driver_cpu']:.0f} %",
        ]
        for one in results
        for level in one["levels"]
    ]
    return _table(head, lines)


def _table(head: tuple[str, ...], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
