"""How many people a second a candidate policy is tried on: the rules alone, both sides, without a database.

Run `python benchmarks/bench_compare.py [--people 20000]`; prints people/s for an equal candidate and for
one that clips more.
"""

from __future__ import annotations

import argparse
import random
import time

from bench_rules import facts_of, made_person

from portal.rules.comparison import compare, trial
from portal.rules.policy import Policy, shipped


def stricter(policy: Policy) -> Policy:
    """The same with 20 instead of 30 hours of works a year."""
    caps = tuple(
        cap.model_copy(update={"quarters": 80}) if cap.id == "output_year" else cap for cap in policy.caps
    )
    return policy.model_copy(update={"caps": caps, "id": "stricter"})


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--people", type=int, default=20_000)
    count = reader.parse_args().people
    dice = random.Random(7)
    people = [[facts_of(claim) for claim in made_person(dice, f"p{n}")["claims"]] for n in range(count)]
    policy = shipped().for_year(2025)
    for name, candidate in (("equal", policy), ("stricter", stricter(policy))):
        made = trial(shipped(), candidate, 2025)
        begun = time.perf_counter()
        differ = sum(1 for claims in people if compare(made, claims, {}))
        seconds = time.perf_counter() - begun
        print(f"{name}: {count / seconds:,.0f} people/s, {differ} of {count} differ")


if __name__ == "__main__":
    main()
