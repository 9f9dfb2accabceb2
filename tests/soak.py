"""Run the whole suite several times, each with another seed, and then with every processor kept busy.

``python -m tests.soak --rounds 10 --busy-rounds 1``: one line per round with seed, seconds and pytest's closing
line. Exit code 1 if a round fails; the output of each round is kept in ``out/soak/``.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import SystemRandom

ROOT = Path(__file__).parents[1]
OUTPUT_FOLDER = ROOT / "out" / "soak"
PYTEST = ("-m", "pytest", "-n", "4", "--dist", "load", "--maxschedchunk", "2")
MAX_SEED = 2**31


@contextmanager
def busy_processors() -> Iterator[None]:
    """Keep every processor busy while inside, with one process each of normal priority."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def run_suite(seed: int, name: str) -> bool:
    """Run the suite with a seed, and print how it ended; return whether it passed."""
    started = time.monotonic()
    file = OUTPUT_FOLDER / f"{name}.txt"
    with file.open("w", encoding="utf-8") as output:
        command = [sys.executable, *PYTEST, "-p", "randomly", f"--randomly-seed={seed}"]
        result = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False)  # noqa: S603 - our own tests
    closing_line = (file.read_text(encoding="utf-8").strip().splitlines() or [""])[-1].strip("= ")
    seconds = time.monotonic() - started
    print(f"{name}: seed {seed}, {seconds:.0f} s, exit {result.returncode}: {closing_line}", flush=True)  # noqa: T201
    return result.returncode == 0


def main() -> int:
    """Run the rounds that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--busy-rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, help="the seed of the first round; the others follow it")
    options = parser.parse_args()
    OUTPUT_FOLDER.mkdir(parents=True, exist_ok=True)
    first = SystemRandom().randrange(MAX_SEED) if options.seed is None else options.seed
    passed = [run_suite(first + number, f"round-{number + 1}") for number in range(options.rounds)]
    with busy_processors():
        passed += [
            run_suite(first + options.rounds + number, f"busy-{number + 1}") for number in range(options.busy_rounds)
        ]
    print(f"{sum(passed)} of {len(passed)} rounds passed")  # noqa: T201
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
