"""Why a delivery or a place ended as it did: the sentences of our own that are kept with it.

They are kept in English; who looks in another language gets them translated (``digest.chat.reason_words``).
What a mail server or Telegram said is kept as it came, at ``{detail}``.
"""

from collections.abc import Iterator

_DETAIL = "{detail}"
_KEPT: list[str] = []


def kept(sentence: str) -> str:
    """Make a sentence one that can be recognised again; the call also marks it for translation."""
    _KEPT.append(sentence)
    return sentence


def beginning(sentence: str) -> str:
    """Give what stands before the detail: all that is the same in every reason of this sentence."""
    return sentence.partition(_DETAIL)[0]


def recognised(reason: str) -> tuple[str, str] | None:
    """Give the sentence that a kept reason is made of, and its detail; None for other people's words."""
    return next(_readings(reason), None)


def _readings(reason: str) -> Iterator[tuple[str, str]]:
    for sentence in _KEPT:
        before, place, after = sentence.partition(_DETAIL)
        if not place and reason == sentence:
            yield sentence, ""
        elif place and reason.startswith(before) and reason.endswith(after):
            yield sentence, reason[len(before) : len(reason) - len(after)]


BY_LINK = kept("unsubscribed by the link in a mail")
BY_MAIL = kept("unsubscribed by mail")
BY_PAGE = kept("switched off on the page of preferences")
UNLINKED = kept("the reader unlinked the address")
NOT_WANTED = kept("the reader paused or unsubscribed")
BLOCKED = kept("the bot was blocked")
COMPLAINT = kept("complaint")
ERASED = kept("erased")
SUPPRESSED = kept("mail bounced too often, the last time: {detail}")
NOT_ASKED = kept("the address is suppressed; it is not asked")

MAY_NOT_WRITE = kept("the bot may not write here")
"""Why a chat rests that has taken the right to write; it comes back with that right."""

TOPIC_CLOSED = kept("the topic is closed")
"""What is noted at a topic that nobody but administrators can write in."""

PUT_OUT = kept("the bot was put out of the chat")
LEFT = kept("an administrator let the bot leave")
MOVED = kept("the chat moved to {detail}")
HAD_ALREADY = kept("the chat moved, and has this edition already")

CRASHED = kept("the program ended, or was away for too long, while this was being sent")
POISON = kept("claimed again and again without an end (poison); the log says why")
UNREADABLE = kept("what it carries cannot be read; was it written by another version?")
NOT_RENDERED = kept("could not be rendered; the log says why")
NOTHING_TO_SEND = kept("there was nothing to send")
MANY_GONE = kept("one more address in a row is said to be gone; an admin is asked first: {detail}")
GIVEN_UP = kept("given up: {detail}")
FOLDED = kept("its papers went into the edition of {detail}")
"""How a digest ended that is never sent again."""

BROADCAST_STOPPED = kept("the broadcast was cancelled by an admin")
CANCELLED = kept("cancelled by an admin")
RESENT = kept("resent by an admin")
RESTORED = kept("restored from the backup of {detail}; it may have been sent since")

WEBHOOK_TAKEN = kept("another program took the webhook away; it is set again")
NO_API = kept("something other than Telegram answered ({detail})")
NO_API_CONNECTION = kept("no free connection to Telegram")
API_OUT_OF_REACH = kept("Telegram is out of reach ({detail})")
API_SILENT = kept("no answer from Telegram ({detail})")
API_UNREADABLE = kept("Telegram's answer could not be read ({detail})")
GROUP_UPGRADED = kept("the group became a supergroup, whose id was not told")

MAIL_SILENT = kept("no answer after the message was handed over ({detail})")
MAIL_NONSENSE = kept("an answer that makes no sense: {detail}")
NO_MAIL_ADDRESS = kept("not an address that can be sent to a mail server")
NO_MAIL_DOMAIN = kept("the address has a domain that cannot exist")
ASCII_ALONE = kept("the mail server takes no addresses outside ASCII")
