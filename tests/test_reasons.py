"""Our own reasons are known again as they were kept; other people's words are not taken for ours."""

import pytest

from digest.reasons import CANCELLED, GIVEN_UP, MOVED, RESTORED, beginning, recognised


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        (CANCELLED, (CANCELLED, "")),
        (MOVED.format(detail=-100123), (MOVED, "-100123")),
        (GIVEN_UP.format(detail="450 {odd} (rcpt)"), (GIVEN_UP, "450 {odd} (rcpt)")),
        (RESTORED.format(detail="2026-01-24"), (RESTORED, "2026-01-24")),
        ("550 5.1.1 cancelled by an admin", None),
        ("restored from the backup of yesterday", None),
        ("", None),
    ],
)
def test_a_reason_is_known_again(reason: str, found: tuple[str, str] | None) -> None:
    assert recognised(reason) == found


def test_the_beginning_is_what_is_the_same_in_every_reason_of_a_sentence() -> None:
    assert beginning(MOVED) == "the chat moved to "
    assert beginning(CANCELLED) == CANCELLED
