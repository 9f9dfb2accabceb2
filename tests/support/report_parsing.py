"""The parser inside the test's own process, where what is tested lies elsewhere."""

from digest.model import Report
from digest.papers.report import parse_report


async def parse_in_process(data: bytes) -> Report:
    """Return the report, without a child process."""
    return parse_report(data)
