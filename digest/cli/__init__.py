"""The command line: one file for each kind of work; ``main`` is the way in."""

import sys
from collections.abc import Mapping, Sequence

from digest.cli import archive, delivery, doctor, people, service
from digest.cli.frame import Start, cli
from digest.errors import PaperDigestError

__all__ = ["main"]

for room in (service, archive, delivery, people, doctor):
    room.add_commands(cli)


def main(argv: Sequence[str], *, settings: Mapping[str, str | None], dotenv: Mapping[str, str | None]) -> int:
    """Run one command; give its exit code: 0 done, 1 a problem told in one line, 2 wrong usage.

    ``settings`` are all that was set, ``dotenv`` the part of it from the ``.env`` file.
    """
    try:
        cli(args=list(argv), obj=Start(values=settings, dotenv=dotenv), prog_name="bot.py")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except PaperDigestError as error:
        print(f"bot.py: {error}", file=sys.stderr)  # noqa: T201 - the one line a problem is told in
        return 1
    except BrokenPipeError:
        return 0
    return 0
