"""Processor time of starting: ``--help`` and ``parse``, against loading what every command needs together.

The yardstick is what each start cost before commands loaded only what they need. The ratio is of one run, so
that a busy machine slows both sides. The goal is a third at most.
"""

import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence

from digest.app.cli import COMMAND_MODULES

ROUNDS = 7
EVERYTHING = "; ".join(f"import digest.app.cli.{module}" for module in COMMAND_MODULES)
COMMANDS = {"--help": ("bot.py", "--help"), "parse": ("bot.py", "parse", "seeds/2026-01-24.md")}


def processor_seconds(arguments: Sequence[str]) -> float:
    """Run Python with these arguments; return its user and system time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print each command's median time and its ratio to the yardstick."""
    rounds = [
        {name: processor_seconds(arguments) for name, arguments in (("all", ("-c", EVERYTHING)), *COMMANDS.items())}
        for _ in range(ROUNDS)
    ]
    everything = statistics.median(one["all"] for one in rounds)
    print(f"everything loaded: {everything:.2f} s of processor time")
    for name in COMMANDS:
        ratio = statistics.median(one[name] / one["all"] for one in rounds)
        print(f"{name}: {statistics.median(one[name] for one in rounds):.2f} s, {ratio:.2f} of that")


if __name__ == "__main__":
    main()
