"""Report text -> ``Report``: papers with their five sections, and a problem for whatever made no sense."""

from digest.parse.report import parse_report
from digest.parse.shape import report_from_json, report_to_json

__all__ = ["parse_report", "report_from_json", "report_to_json"]
