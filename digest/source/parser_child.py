"""The child process that parses one report: bytes on standard input, one line of JSON on standard output.

``{"report": …}`` holds the report as ``report_as_json`` writes it, ``{"refused": "…"}`` why it is none.
It imports the parser and nothing else of the program, so that it starts fast.
"""

import json
import resource
import signal
import sys

from digest.errors import NotAReport
from digest.parse import parse_report, report_as_json


def answer_to(data: bytes) -> str:
    """Return the answer to a report's bytes, as one line of ASCII."""
    try:
        return json.dumps({"report": report_as_json(parse_report(data))})
    except NotAReport as error:
        return json.dumps({"refused": str(error)})


def main(argv: list[str]) -> None:
    """Answer and end; ``argv`` holds the seconds of CPU time after which the kernel ends this process.

    That bound is for a child whose parent was killed and can no longer end it.
    """
    # Ctrl-C reaches every process of a terminal; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seconds = int(argv[0])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    sys.stdout.write(answer_to(sys.stdin.buffer.read()))
