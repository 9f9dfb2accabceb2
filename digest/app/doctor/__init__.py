"""The doctor: looks at the set-up and at the world around it, changes nothing, sends nothing.

One file for each kind of check; ``examine`` runs them beside each other within a bound.
"""

from digest.app.doctor.examination import DoctorOptions, run_checks
from digest.app.doctor.finding import Area, CheckResult, CheckStatus

__all__ = ["Area", "CheckResult", "CheckStatus", "DoctorOptions", "run_checks"]
