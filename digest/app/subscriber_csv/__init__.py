"""Subscribers as CSV: export in our format, import in ours and in those of other newsletter tools."""

from digest.app.subscriber_csv.consent import ConsentStatus, RowRejection
from digest.app.subscriber_csv.importer import CsvImporter, RowResult, RowStatus, build_importer
from digest.app.subscriber_csv.reader import COLUMNS, CsvFile, CsvRow, parse_csv
from digest.app.subscriber_csv.rows import build_csv_row, escape_formula

__all__ = [
    "COLUMNS",
    "ConsentStatus",
    "CsvFile",
    "CsvImporter",
    "CsvRow",
    "RowRejection",
    "RowResult",
    "RowStatus",
    "build_csv_row",
    "build_importer",
    "escape_formula",
    "parse_csv",
]
