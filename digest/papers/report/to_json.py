"""A report as plain JSON values: what ``parse FILE`` prints and the golden files hold."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from digest.model import Paper, Problem, Report, Section


def report_to_json(report: Report) -> dict[str, object]:
    """Return ``report`` as values for ``json.dumps``.

    All five section keys are there, ``""`` where missing.
    """
    return {
        "date": report.date.isoformat() if report.date else None,
        "source_url": report.source_url,
        "papers": [paper_to_json(paper) for paper in report.papers],
        "problems": [{"line": problem.line, "what": problem.message} for problem in report.problems],
    }


def paper_to_json(paper: Paper) -> dict[str, object]:
    """Return one paper as it stands in a report's values."""
    return {
        "id": paper.id,
        "version": paper.version,
        "title": paper.title,
        "url": paper.url,
        "read_from": paper.summary_source,
        "domains": list(paper.domains),
        "sections": {section.value: paper.sections.get(section, "") for section in Section},
    }


def report_from_json(values: Mapping[str, Any]) -> Report:
    """Return the report that ``report_to_json`` wrote."""
    return Report(
        date=dt.date.fromisoformat(values["date"]) if values["date"] else None,
        source_url=values["source_url"],
        papers=tuple(_paper_from_json(paper) for paper in values["papers"]),
        problems=tuple(Problem(line=one["line"], message=one["what"]) for one in values["problems"]),
    )


def _paper_from_json(values: Mapping[str, Any]) -> Paper:
    return Paper(
        id=values["id"],
        version=values["version"],
        title=values["title"],
        url=values["url"],
        summary_source=values["read_from"],
        domains=tuple(values["domains"]),
        sections={section: text for section in Section if (text := values["sections"][section.value])},
    )
