"""The roster as a CSV file: out as we write it, in as we and other newsletter tools do."""

from digest.app.roster.enrolment import CsvImporter, RowResult, RowStatus, build_importer
from digest.app.roster.export import COLUMNS, build_csv_row, escape_formula
from digest.app.roster.sheet import CsvFile, CsvRow, parse_csv
from digest.app.roster.standing import ConsentStatus, RowRejection

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
