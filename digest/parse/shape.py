"""A report as plain JSON values: what ``parse FILE`` prints and the golden files hold."""

from digest.model import Paper, Report, Section


def report_as_json(report: Report) -> dict[str, object]:
    """Give ``report`` as values for ``json.dumps``; all five section keys are there, ``""`` where missing."""
    return {
        "date": report.date.isoformat() if report.date else None,
        "source_url": report.source_url,
        "papers": [paper_as_json(paper) for paper in report.papers],
        "problems": [{"line": problem.line, "what": problem.what} for problem in report.problems],
    }


def paper_as_json(paper: Paper) -> dict[str, object]:
    """Give one paper as it stands in a report's values."""
    return {
        "id": paper.id,
        "version": paper.version,
        "title": paper.title,
        "url": paper.url,
        "read_from": paper.read_from,
        "domains": list(paper.domains),
        "sections": {section.value: paper.sections.get(section, "") for section in Section},
    }
