"""Report text -> ``Report``: papers with their five sections, and a problem for whatever made no sense."""

from digest.papers.report.parser import parse_report
from digest.papers.report.to_json import report_from_json, report_to_json

__all__ = ["parse_report", "report_from_json", "report_to_json"]
