"""The doctor: looks at the set-up and at the world around it, changes nothing, sends nothing.

One file for each kind of check; ``examine`` runs them beside each other within a bound.
"""

from digest.app.doctor.examination import Question, examine
from digest.app.doctor.finding import Area, Finding, Verdict

__all__ = ["Area", "Finding", "Question", "Verdict", "examine"]
