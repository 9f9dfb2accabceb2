"""Answers that no person wrote: out of office, and the like (RFC 3834); they mean nothing to us."""

import re

from digest.mail.bounces.headers import decode_words
from digest.mail.bounces.mime import MimePart

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


def is_auto_reply(mail: MimePart) -> bool:
    """Return whether a mail says of itself that a machine answered for somebody."""
    return (
        _AUTO_REPLIED.match(mail.get("auto-submitted")) is not None
        or any(mail.get(name) for name in _AUTO_REPLY_HEADERS)
        or _SUBJECT_PHRASES.match(decode_words(mail.get("subject"))) is not None
    )


def is_likely_auto_reply(mail: MimePart) -> bool:
    """Return whether a mail that is nothing else looks like one.

    By its precedence, or its kind of receipt.
    """
    receipt = mail.parameters.get("report-type", "").lower() == "disposition-notification"
    return receipt or mail.get("precedence").strip().lower() in _AUTO_REPLY_PRECEDENCE
