"""Reports about delivery (RFC 3464, RFC 6533): the action decides, of each recipient by itself."""

import re
from collections.abc import Iterator, Sequence

from digest.bounces.fields import plain, typed_address
from digest.bounces.mime import Part
from digest.bounces.verdict import Recipient, Verdict

_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_ACTIONS = {
    "failed": Verdict.FAILED,
    "failure": Verdict.FAILED,
    "fail": Verdict.FAILED,
    "error": Verdict.FAILED,
    "delayed": Verdict.DELAYED,
    "delivered": Verdict.DELIVERED,
    "relayed": Verdict.DELIVERED,
    "expanded": Verdict.DELIVERED,
}
"""The five words of RFC 3464 2.3.3, and those that servers say instead."""

_CLASSES = {"5": Verdict.FAILED, "4": Verdict.DELAYED, "2": Verdict.DELIVERED}
_WORST_FIRST = (Verdict.FAILED, Verdict.DELAYED, Verdict.DELIVERED)


def recipients_of(mail: Part) -> tuple[Recipient, ...]:
    """Give the recipients of every report in a mail, whatever the whole calls itself; () where there is none.

    A report inside a mail that came back is that mail's affair.
    """
    return tuple(recipient for part in mail.walk() if part.type in _TYPES for recipient in _of_report(part))


def overall(recipients: Sequence[Recipient]) -> Verdict:
    """Give the worst that is said of any recipient."""
    said = {one.verdict for one in recipients}
    return next((verdict for verdict in _WORST_FIRST if verdict in said), Verdict.UNKNOWN)


def _of_report(report: Part) -> Iterator[Recipient]:
    for group in report.parts:
        final = typed_address(group.get("final-recipient"))
        original = typed_address(group.get("original-recipient"))
        if not final and not original:
            continue
        status = _STATUS.search(group.get("status"))
        yield Recipient(
            address=original or final,
            final=final,
            verdict=_judged(group.get("action"), status.group() if status else ""),
            status=status.group() if status else "",
            diagnostic=plain(group.get("diagnostic-code").partition(";")[2] or group.get("diagnostic-code")),
        )


def _judged(action: str, status: str) -> Verdict:
    """Read the action; only where a server leaves it out, its status speaks."""
    words = re.findall(r"[a-z]+", action.lower())
    if words:
        return _ACTIONS.get(words[0], Verdict.UNKNOWN)
    return _CLASSES.get(status[:1], Verdict.UNKNOWN)
