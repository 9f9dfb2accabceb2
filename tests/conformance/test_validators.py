"""What the instruments are told to overlook is written down, and their lock names no place."""

import pytest

from tests.conformance.html_rules import DISABLED_RULES
from tests.conformance.mail_clients import ACCEPTED_ISSUES
from tests.conformance.node import HERE
from tests.conformance.validator_report import ValidatorReport

PAGE = (HERE.parents[1] / "docs" / "email.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("what", [*DISABLED_RULES, *ACCEPTED_ISSUES])
def test_what_is_overlooked_stands_with_its_reason_in_the_documentation(what: str) -> None:
    reason = (DISABLED_RULES | ACCEPTED_ISSUES)[what]

    assert f"| `{what}` | {reason} |" in PAGE


def test_the_lock_names_versions_and_hashes_and_no_address() -> None:
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")

    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock


def test_a_verdict_is_one_line_and_then_its_first_faults() -> None:
    verdict = ValidatorReport(name="x", version="1", scope="20 mails", faults=tuple(map(str, range(20))))

    first, *rest = verdict.format_lines()

    assert first.split() == ["x", "1", "20", "mails:", "20", "faults"]
    assert [*map(str.strip, rest)] == [*map(str, range(12)), "… and 8 more"]
