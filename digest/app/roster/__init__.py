"""The roster as a CSV file: out as we write it, in as we and other newsletter tools do."""

from digest.app.roster.enrolment import End, Enrolment, Verdict, enrolment_on
from digest.app.roster.export import COLUMNS, as_row, harmless
from digest.app.roster.sheet import Row, Sheet, read_sheet
from digest.app.roster.standing import Refusal, Standing

__all__ = [
    "COLUMNS",
    "End",
    "Enrolment",
    "Refusal",
    "Row",
    "Sheet",
    "Standing",
    "Verdict",
    "as_row",
    "enrolment_on",
    "harmless",
    "read_sheet",
]
