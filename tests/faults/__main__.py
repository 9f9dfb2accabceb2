"""``make faults``: run the campaign, print a line for each row, and end with 1 where a promise was broken."""

import argparse
import asyncio
import logging
import secrets
import sys

import structlog

from tests.faults.campaign import ROWS, timed_row
from tests.faults.score import HEADER


def main(argv: list[str]) -> int:
    """Run what was asked for; 0 where every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rows", help="only these, like F1,F3", default=",".join(ROWS))
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="repeats a run")
    asked = parser.parse_args(argv)
    names = [name.strip().upper() for name in asked.rows.split(",") if name.strip()]
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    print(f"seed {asked.seed}, {asked.size} size\n{HEADER}", flush=True)  # noqa: T201 - its purpose
    broken = 0
    for name in names:
        result, seconds = asyncio.run(timed_row(name, size=asked.size, seed=asked.seed))
        print(f"{result.line}  ({seconds:.0f} s)", flush=True)  # noqa: T201 - its purpose
        broken += bool(result.broken)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
