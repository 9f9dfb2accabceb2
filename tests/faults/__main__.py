"""``make faults``: run the campaign, print a line for each row, and end with 1 where a promise was broken."""

import argparse
import asyncio
import logging
import secrets
import signal
import sys
from collections.abc import Sequence

import structlog

from tests.faults.campaign import ROWS, run_timed_row
from tests.faults.environment import Size
from tests.faults.mutations import MUTATIONS, run_mutation
from tests.faults.score import HEADER


def main(argv: list[str]) -> int:
    """Run what was asked for; 0 where every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rows", help="only these, like F1,F3", default=",".join(ROWS))
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="repeats a run")
    parser.add_argument("--mutations", action="store_true", help="take safeguards out; rows must fail")
    asked = parser.parse_args(argv)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    # As after Ctrl-C: the programs under test are not left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if asked.mutations:
        return _run_mutations(asked.seed)
    names = [name.strip().upper() for name in asked.rows.split(",") if name.strip()]
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    return _run_campaign(names, asked.size, asked.seed)


def _run_campaign(names: Sequence[str], size: Size, seed: int) -> int:
    _print(f"seed {seed}, {size} size\n{HEADER}")
    broken = 0
    for name in names:
        result, seconds = asyncio.run(run_timed_row(name, size=size, seed=seed))
        _print(f"{result.format_line}  ({seconds:.0f} s)")
        broken += bool(result.broken_promises)
    return 1 if broken else 0


def _run_mutations(seed: int) -> int:
    _print(f"seed {seed}; each safeguard is taken out of a copy, and its row must fail")
    unnoticed = 0
    for mutation in MUTATIONS:
        seen, how = asyncio.run(run_mutation(mutation, seed=seed))
        _print(f"{mutation.row:<4} {mutation.name:<58} {'noticed' if seen else 'NOT NOTICED'}: {how[:300]}")
        unnoticed += not seen
    return 1 if unnoticed else 0


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - its purpose


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
