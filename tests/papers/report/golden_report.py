"""The golden file of the seed report; ``python -m tests.papers.report.golden_report`` writes it anew."""

import json
from pathlib import Path

from digest.papers.report import parse_report, report_to_json

SEED = Path(__file__).parents[3] / "seeds" / "2026-01-24.md"
GOLDEN = Path(__file__).parent / "golden" / "2026-01-24.json"


def render_parsed_seed() -> str:
    """Return the parsed seed as the golden file holds it."""
    report = report_to_json(parse_report(SEED.read_bytes()))
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(render_parsed_seed(), encoding="utf-8")
