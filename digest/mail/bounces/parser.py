"""The way in: bytes of a mail, and what it says. Pure, bounded, and raising nothing.

The order is the rule: what a mail says of itself in a form that a standard defines comes first, a person's
words before a machine's prose, guesses last.
"""

import re
from collections.abc import Iterator, Sequence

from digest.mail.bounces.dsn import find_complainer, find_feedback, is_complaint, parse_recipients, worst_kind
from digest.mail.bounces.mime import MimePart, clean_line, decode_words, find_addresses, parse_email
from digest.mail.bounces.prose import parse_prose
from digest.model.bounce import BounceKind, BounceReport, ReportedRecipient

_RECIPIENT_HEADERS = (
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-real-to",
    "x-forwarded-to",
    "apparently-to",
    "resent-to",
    "to",
    "cc",
)
_SENDER_HEADERS = ("return-path", "x-postfix-sender", "original-mail-from", "original-envelope-id", "list-unsubscribe")
"""Headers and fields that hold the envelope's sender of what came back, or its address for unsubscribing."""

_DAEMON_SENDER = re.compile(
    r"mailer[- ]?daemon|postmaster|post_?master|mail-?daemon|mdaemon|mmdf|mail delivery|microsoft ?exchange"
    r"|system administrator|no-?reply-bounce",
    re.IGNORECASE,
)
_AUTO_REPLY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-auto-reply",
    "x-vacation",
    "x-mail-autoreply",
)
_AUTO_REPLY_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "junk", "bulk"})
_AUTO_REPLIED = re.compile(r"\s*auto-replied\b", re.IGNORECASE)
_REPLY_PREFIXES = r"(?:(?:re|aw|sv|fwd?|wg|回复|答复|转发)\s?[:：]\s?){0,5}"
_SUBJECT_PHRASES = re.compile(
    rf"{_REPLY_PREFIXES}\W{{0,3}}(?:"
    r"out of (?:the )?office|automatic (?:reply|response)|auto(?:mated)?[- ]?(?:reply|response|answer)"
    r"|(?:on )?vacation|on (?:annual )?leave|away from (?:my|the) (?:mail|desk|office)|i am (?:away|out)"
    r"|abwesenheit|automatische antwort|abwesend|nicht im b[üu]ro"
    r"|r[ée]ponse automatique|absence du bureau|absent"
    r"|respuesta autom[áa]tica|fuera de (?:la )?oficina"
    r"|risposta automatica|fuori (?:ufficio|sede)|resposta autom[áa]tica|aus[êe]ncia"
    r"|automatisch antwoord|afwezig|autosvar|fraværende|frånvaro|automaattinen|poissa"
    r"|automatyczna odpowied|nieobecno|автоответ|автоматический ответ|отсутств|відсутн"
    r"|自动回复|自動回覆|自动答复|自動回復|自动应答|外出|休假|不在办公室|不在辦公室|假期"
    r"|自動応答|自動返信|不在のお知らせ|不在通知|자동 ?응답|부재중)",
    re.IGNORECASE,
)
_UNSUBSCRIBE_SUBJECT = re.compile(
    r"\W{0,3}(?:re\s?[:：]\s?)?(?:unsubscribe(?: me)?|退订|取消订阅|退訂|取消訂閱)\W{0,3}", re.IGNORECASE
)
_QUOTED_HEADER = re.compile(
    r"^[ \t>]{0,8}(return-path|message-id)[ \t]*:[ \t]*(\S{3,250})", re.IGNORECASE | re.MULTILINE
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_MAX_FOUND = 50


def parse_bounce(raw: bytes) -> BounceReport:
    """Return what an email to the bounce address means; it can be any bytes."""
    mail = parse_email(raw)
    verdict, recipients, detail = _classify(mail)
    quoted, ids = _identifiers(mail)
    return BounceReport(
        kind=verdict,
        recipients=recipients,
        detail=detail,
        subject=decode_words(mail.get("subject")),
        delivered_to=_delivered_to(mail),
        original_senders=quoted,
        original_message_ids=ids,
    )


Classification = tuple[BounceKind, tuple[ReportedRecipient, ...], str]


def _classify(mail: MimePart) -> Classification:
    feedback = find_feedback(mail)
    if feedback is not None:
        kind = clean_line(feedback.get("feedback-type"))
        return ((BounceKind.COMPLAINT if is_complaint(feedback) else BounceKind.UNKNOWN), (), f"feedback: {kind}")
    complainer = find_complainer(mail)
    if complainer is not None:
        one = ReportedRecipient(address=complainer, final_address=complainer, kind=BounceKind.COMPLAINT)
        return BounceKind.COMPLAINT, (one,), "feedback: JMRP"
    recipients = parse_recipients(mail)
    verdict = worst_kind(recipients)
    if verdict is not BounceKind.UNKNOWN:
        return verdict, recipients, _failure_detail(recipients, verdict)
    return _classify_prose(mail)


def _classify_prose(mail: MimePart) -> Classification:
    machine = bool(mail.get("x-failed-recipients")) or _DAEMON_SENDER.search(mail.get("from")) is not None
    if not machine and _UNSUBSCRIBE_SUBJECT.fullmatch(decode_words(mail.get("subject"))):
        return BounceKind.UNSUBSCRIBE, (), "asks to be unsubscribed"
    if not machine and _is_auto_reply(mail):
        return BounceKind.AUTO_REPLY, (), "an automatic answer"
    # Reports and automatic answers come from nobody (RFC 5321 4.5.5).
    has_null_sender = mail.get("return-path").strip() == "<>"
    prose = parse_prose(mail, from_machine=machine or has_null_sender)
    if prose.recipients:
        verdict = worst_kind(prose.recipients)
        return verdict, prose.recipients, prose.detail or f"{verdict}, by its words"
    if _is_auto_reply(mail) or _is_likely_auto_reply(mail):
        return BounceKind.AUTO_REPLY, (), "an automatic answer"
    return BounceKind.UNKNOWN, (), "not understood"


def _is_auto_reply(mail: MimePart) -> bool:
    """Return whether a mail says of itself that a machine answered for somebody."""
    return (
        _AUTO_REPLIED.match(mail.get("auto-submitted")) is not None
        or any(mail.get(name) for name in _AUTO_REPLY_HEADERS)
        or _SUBJECT_PHRASES.match(decode_words(mail.get("subject"))) is not None
    )


def _is_likely_auto_reply(mail: MimePart) -> bool:
    """Return whether a mail that is nothing else looks like one.

    By its precedence, or its kind of receipt.
    """
    receipt = mail.parameters.get("report-type", "").lower() == "disposition-notification"
    return receipt or mail.get("precedence").strip().lower() in _AUTO_REPLY_PRECEDENCE


def _failure_detail(recipients: Sequence[ReportedRecipient], kind: BounceKind) -> str:
    one = next(one for one in recipients if one.kind is kind)
    said = one.diagnostic if one.status in one.diagnostic else f"{one.status} {one.diagnostic}"
    return clean_line(said or str(kind))


def _delivered_to(mail: MimePart) -> tuple[str, ...]:
    found = (
        address for name in _RECIPIENT_HEADERS for value in mail.get_all(name) for address in find_addresses(value)
    )
    received = (
        address
        for value in mail.get_all("received")
        for _, _, rest in [value.partition(" for ")]
        for address in find_addresses(rest)[:1]
    )
    return tuple(dict.fromkeys((*found, *received)))[:_MAX_FOUND]


def _identifiers(mail: MimePart) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return by what the mail that came back may be known again."""
    senders: list[str] = []
    ids: list[str] = []
    for name, value in _original_headers(mail):
        if name == "message-id":
            ids += _MESSAGE_ID.findall(value)
        else:
            senders += find_addresses(value)
    return tuple(dict.fromkeys(senders))[:_MAX_FOUND], tuple(dict.fromkeys(map(clean_line, ids)))[:_MAX_FOUND]


def _original_headers(mail: MimePart) -> Iterator[tuple[str, str]]:
    """Return headers of what came back, wherever a server puts them: as a part, as fields, in prose."""
    for part in mail.walk(into_returned=True):
        if part is not mail:
            yield from ((name, value) for name, value in part.headers if name in (*_SENDER_HEADERS, "message-id"))
        if part.text and part.content_type.startswith("text/"):
            for found in _QUOTED_HEADER.finditer(part.decoded_text()[:64_000]):
                yield found.group(1).lower(), found.group(2)
