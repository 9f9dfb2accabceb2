"""What the instruments are told to overlook is written down, and their lock names no place."""

import pytest

from tests.conformance.html_rules import OFF
from tests.conformance.mail_clients import BEYOND
from tests.conformance.node import HERE
from tests.conformance.verdict import Verdict

PAGE = (HERE.parents[1] / "docs" / "email.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("what", [*OFF, *BEYOND])
def test_what_is_overlooked_stands_with_its_reason_in_the_documentation(what: str) -> None:
    reason = (OFF | BEYOND)[what]

    assert f"| `{what}` | {reason} |" in PAGE


def test_the_lock_names_versions_and_hashes_and_no_address() -> None:
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")

    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock


def test_a_verdict_is_one_line_and_then_its_first_faults() -> None:
    verdict = Verdict(name="x", version="1", tried="20 mails", faults=tuple(map(str, range(20))))

    first, *rest = verdict.lines()

    assert first.split() == ["x", "1", "20", "mails:", "20", "faults"]
    assert [*map(str.strip, rest)] == [*map(str, range(12)), "… and 8 more"]
