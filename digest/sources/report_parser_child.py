"""The child process that parses one report.

Standard input: the number of the report's bytes on a line, then the bytes; it stays open as long as the
parent wants the answer. Standard output: one line of JSON, ``{"report": …}`` as ``report_to_json`` writes it
or ``{"refused": "…"}``. It imports the parser and nothing else of the program, so that it starts fast.
"""

import json
import os
import signal
import sys
import threading

from digest.model.errors import InvalidReport
from digest.papers.report import parse_report, report_to_json


def parse_to_json(data: bytes) -> str:
    """Return the answer to a report's bytes, as one line of ASCII."""
    try:
        return json.dumps({"report": report_to_json(parse_report(data))})
    except InvalidReport as error:
        return json.dumps({"refused": str(error)})


def main() -> None:
    """Answer and end; end without an answer when the parent has ended."""
    # Ctrl-C reaches every process of a terminal; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    data = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write(parse_to_json(data))
    sys.stdout.flush()
    os._exit(0)


def _end_with_parent() -> None:
    """Wait for the end of standard input, which comes when the parent closes it, or is gone."""
    os.read(0, 1)
    os._exit(1)
