"""What codes mean: enhanced ones by subject and detail (RFC 3463, 5248, 7372, 7505), and bare replies."""

from collections.abc import Mapping

from digest.model.bounce import BounceReason as R

MAILBOX_FULL = 552
"""The reply of a mailbox that holds no more (RFC 5321 4.2.3)."""

BY_DETAIL: Mapping[str, R] = {
    **dict.fromkeys(("1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1"), R.NO_MAILBOX),
    **dict.fromkeys(("1.7", "1.8"), R.POLICY),
    "1.90": R.POLICY,
    "2.2": R.MAILBOX_FULL,
    "2.3": R.TOO_LARGE,
    "2.4": R.REMOTE_SYSTEM,
    **dict.fromkeys(("2.121", "2.122"), R.TEMPORARY),
    "3.4": R.TOO_LARGE,
    "4.7": R.TEMPORARY,
    **dict.fromkeys(("7.5", "7.8", "7.9", "7.30", *(f"7.{n}" for n in range(20, 27))), R.AUTHENTICATION),
    "7.28": R.REPUTATION,
}
"""Subject and detail, whatever the class. 1.90, 2.121 and 2.122 are Microsoft's, for its own limits."""

BY_SUBJECT: Mapping[str, R] = {
    "1": R.NOT_REACHED,
    "3": R.REMOTE_SYSTEM,
    "4": R.ROUTING,
    "5": R.PROTOCOL,
    "6": R.FORMAT,
    "7": R.POLICY,
}
"""What a subject means where its detail stands nowhere else. Subjects 0 and 2 mean nothing by themselves."""

VAGUE_DETAILS: Mapping[str, R] = {"2.0": R.NOT_REACHED, "3.0": R.REMOTE_SYSTEM}
"""Codes that servers give for want of a better one: words decide, and this where they say nothing."""

BY_REPLY_CODE: Mapping[int, R] = {
    **dict.fromkeys((500, 501, 502, 503, 504, 555), R.PROTOCOL),
    **dict.fromkeys((525, 530, 534, 535, 538), R.AUTHENTICATION),
    **dict.fromkeys((541, 571), R.POLICY),
    521: R.NOT_REACHED,
    523: R.TOO_LARGE,
    MAILBOX_FULL: R.MAILBOX_FULL,
    556: R.NO_MAILBOX,
}
"""What a reply code means that comes without an enhanced code and without words that say more."""

MAILBOX_REPLY_CODES = frozenset({0, 550, 551, 553})
"""Reply codes under which words that a mailbox is unknown are certain; 0 where the code was not told."""


def reason_for_detail(detail: str) -> R | None:
    """Return what the subject and detail of an enhanced code mean, None where they mean nothing."""
    if detail in VAGUE_DETAILS:
        return None
    return BY_DETAIL.get(detail) or BY_SUBJECT.get(detail.partition(".")[0])
