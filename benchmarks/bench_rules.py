"""How long the rules take: one person with 20 claims, and `portal assess` over many people.

Run `python benchmarks/bench_rules.py [--people 100000]`. Prints microseconds and seconds; the batch
figure includes reading and writing JSON Lines in a process of its own, one core.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from portal.rules.credit import credit
from portal.rules.explain import sentence
from portal.rules.facts import ClaimFacts
from portal.rules.policy import shipped
from portal.rules.standing import assess, plans_of, preview, project

CLAIMS = 20
CATEGORIES = (
    "training",
    "training",
    "training",
    "course",
    "course",
    "publication",
    "achievement",
    "self_study",
)


def made_claim(dice: random.Random, name: str) -> dict[str, Any]:
    """One plausible claim of 2025; trainings meet one another often enough to be clipped."""
    category = dice.choice(CATEGORIES)
    claim: dict[str, Any] = {
        "id": name,
        "category": category,
        "subject": dice.choice(["public", "professional"]),
    }
    if category == "training":
        start = date(2025, 1, 1) + timedelta(days=dice.randrange(360))
        end = start + timedelta(days=dice.randrange(5))
        return {**claim, "start": f"{start}", "end": f"{end}", "hours": dice.randrange(2, 81) / 2}
    if category in ("publication", "achievement"):
        return {**claim, "date": f"{date(2025, 1, 1) + timedelta(days=dice.randrange(365))}"}
    return {**claim, "year": 2025, "hours": dice.randrange(2, 41) / 2}


def made_person(dice: random.Random, name: str) -> dict[str, Any]:
    return {"person": name, "claims": [made_claim(dice, f"c{n}") for n in range(CLAIMS)]}


def facts_of(claim: dict[str, Any]) -> ClaimFacts:
    return ClaimFacts(
        id=claim["id"],
        category=claim["category"],
        subject=claim["subject"],
        quarters=round(claim.get("hours", 0) * 4),
        start=date.fromisoformat(claim["start"]) if "start" in claim else None,
        end=date.fromisoformat(claim["end"]) if "end" in claim else None,
        year=claim.get("year"),
        on=date.fromisoformat(claim["date"]) if "date" in claim else None,
    )


def timed(work: Callable[[list[ClaimFacts]], object], people: list[list[ClaimFacts]]) -> tuple[float, float]:
    """(median, 99th percentile) of `work` per person, in microseconds."""
    taken = []
    for claims in people:
        begun = time.perf_counter_ns()
        work(claims)
        taken.append((time.perf_counter_ns() - begun) / 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def explained(claims: list[ClaimFacts]) -> object:
    """What a screen needs: 15 approved claims assessed with sentences, 5 pending with bounds."""
    found = assess(shipped(), claims[:15], as_of=None)
    project(shipped(), claims[:15], claims[15:], as_of=None, now=found)
    return [sentence(finding) for credited in found.claims.values() for finding in credited.findings]


def previewed(claims: list[ClaimFacts]) -> object:
    """What the live feedback needs: 15 approved, 4 pending and the one being typed."""
    return preview(shipped(), claims[:15], claims[15:19], claims[19], as_of=None)


def placed(claims: list[ClaimFacts]) -> object:
    """Days, years and caps of claims already read into parts are not repeated: the core alone."""
    return credit(plans_of(shipped()), claims, None)


def batch(people: int) -> float:
    """Seconds of `portal assess` over a file of that many people."""
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.jsonl"
        with file.open("w") as out:
            for n in range(people):
                out.write(json.dumps(made_person(dice, f"p{n}")) + "\n")
        command = "from portal.cli.assess import assess_command; assess_command()"
        begun = time.perf_counter()
        with (Path(folder) / "answers.jsonl").open("wb") as answers:
            subprocess.run([sys.executable, "-c", command, str(file)], stdout=answers, check=True)
        return time.perf_counter() - begun


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--people", type=int, default=100_000)
    people = reader.parse_args().people
    dice = random.Random(7)
    persons = [made_person(dice, f"p{n}") for n in range(3000)]
    facts = [[facts_of(claim) for claim in person["claims"]] for person in persons]
    for name, work in (
        ("credit, no texts", placed),
        ("assess, no texts", lambda claims: assess(shipped(), claims, as_of=None)),
        ("with explanation and pending bounds", explained),
        ("preview", previewed),
    ):
        timed(work, facts[:500])
        median, worst = timed(work, facts)
        print(f"{name}: p50 {median:.1f} µs, p99 {worst:.1f} µs")
    seconds = batch(people)
    print(
        f"portal assess, {people} people × {CLAIMS} claims: {seconds:.1f} s, {people / seconds:,.0f} people/s"
    )


if __name__ == "__main__":
    main()
