"""The doctor: looks at the set-up and at the world around it, changes nothing, sends nothing.

One file for each kind of check; ``examine`` runs them beside each other within a bound.
"""

from digest.app.doctor.result import Area, CheckResult, CheckStatus
from digest.app.doctor.runner import DoctorOptions, run_checks

__all__ = ["Area", "CheckResult", "CheckStatus", "DoctorOptions", "run_checks"]
