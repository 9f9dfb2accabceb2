"""Looking at a mail server as the sender would, up to its answer to MAIL FROM; nothing is sent."""

import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import aiosmtplib

from digest.mail.smtp_connect import SmtpAccount, SmtpOpening
from digest.mail.smtp_connection import SmtpTimeouts
from digest.mail.smtp_replies import SmtpStage

HOST_NAME_COMPLAINT = re.compile(r"\b(he|eh)lo\b|host ?name|domain name", re.IGNORECASE)
"""What servers speak of when they do not like the name in EHLO."""

MAX_FAILURE_TEXT_LENGTH = 300


class ProbeFailure(StrEnum):
    """Why a look came to its end before it was done.

    The first three say nothing about the server: nobody could ask it.
    """

    UNREACHABLE = "no way"
    HOST_NOT_FOUND = "no name"
    TIMED_OUT = "silent"
    DISCONNECTED = "closed"
    TLS_FAILED = "unsafe"
    UNSUPPORTED = "lacking"
    REFUSED = "refused"
    EHLO_NAME_REFUSED = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What was seen, up to ``stage``; ``failure`` and its ``failure_text`` say what ended it there.

    ``tls_version`` is the version agreed on, ``certificate_expires_at`` the end of the certificate; both None
    without TLS. ``extensions`` are what the server offers, in lower case, with their words; ``ehlo_name``
    is what we said in EHLO.
    """

    stage: SmtpStage = SmtpStage.CONNECT
    tls_version: str | None = None
    certificate_expires_at: datetime | None = None
    extensions: Mapping[str, str] | None = None
    ehlo_name: str = ""
    failure: ProbeFailure | None = None
    failure_text: str = ""


async def probe(account: SmtpAccount, sender: str, *, timeout_seconds: float) -> ProbeResult:
    """Return what a server shows; each of its answers may take ``timeout_seconds``."""
    opening = SmtpOpening(account, SmtpTimeouts(connect=timeout_seconds, command=timeout_seconds))
    failure: ProbeFailure | None = None
    text = ""
    try:
        await _run(opening, sender)
    except aiosmtplib.SMTPResponseException as error:
        is_about_name = _stage_of(opening) is SmtpStage.HELLO or HOST_NAME_COMPLAINT.search(str(error.message))
        failure = ProbeFailure.EHLO_NAME_REFUSED if is_about_name else ProbeFailure.REFUSED
        text = f"{error.code} {error.message}"
    except (aiosmtplib.SMTPException, OSError) as error:
        failure, text = _classify_failure(error, _stage_of(opening))
    finally:
        opening.close()
    return ProbeResult(
        stage=_stage_of(opening),
        tls_version=opening.tls_object.version() if opening.tls_object else None,
        certificate_expires_at=certificate_expiry(opening.tls_object) if opening.tls_object else None,
        extensions=opening.extensions,
        ehlo_name=opening.ehlo_name,
        failure=failure,
        failure_text=" ".join(account.redact_password(text).split())[:MAX_FAILURE_TEXT_LENGTH],
    )


async def _run(opening: SmtpOpening, sender: str) -> None:
    smtp = await opening.run()
    opening.stage = SmtpStage.MAIL
    await smtp.mail(sender)
    opening.stage = SmtpStage.RCPT
    try:
        # Postfix keeps its answer to our EHLO back until a recipient is named; nothing is sent.
        await smtp.rcpt(sender)
    except aiosmtplib.SMTPRecipientRefused as error:
        if HOST_NAME_COMPLAINT.search(error.message):
            raise
    await smtp.rset()
    opening.stage = SmtpStage.END
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await smtp.quit()


def _stage_of(opening: SmtpOpening) -> SmtpStage:
    """Return the stage; the EHLO that follows STARTTLS belongs to TLS."""
    again = opening.stage is SmtpStage.HELLO and opening.extensions is not None
    return SmtpStage.TLS if again else opening.stage


def certificate_expiry(tls_object: ssl.SSLObject | ssl.SSLSocket) -> datetime | None:
    """Return when the certificate of the other side ends, None where it showed none that was checked."""
    shown = tls_object.getpeercert() or {}
    end = shown.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None


def _classify_failure(error: Exception, stage: SmtpStage) -> tuple[ProbeFailure, str]:
    """Return what kind of trouble an exception is, and its words."""
    # aiosmtplib's own errors are OSErrors too, and hold the one that says more.
    cause = (error.__cause__ or error) if isinstance(error, aiosmtplib.SMTPException) else error
    if isinstance(error, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return ProbeFailure.TIMED_OUT, "no answer in time"
    if isinstance(cause, ssl.SSLError):
        return ProbeFailure.TLS_FAILED, getattr(cause, "verify_message", "") or str(cause.reason or cause)
    if isinstance(cause, socket.gaierror):
        lost = cause.errno in {socket.EAI_NONAME, socket.EAI_NODATA}
        return (ProbeFailure.HOST_NOT_FOUND if lost else ProbeFailure.UNREACHABLE), str(cause.strerror)
    if isinstance(cause, ConnectionError):
        return ProbeFailure.DISCONNECTED, str(getattr(cause, "strerror", None) or error)
    if isinstance(cause, OSError):
        return ProbeFailure.UNREACHABLE, str(cause.strerror or cause)
    lacking = stage in {SmtpStage.TLS, SmtpStage.LOGIN}
    return (ProbeFailure.UNSUPPORTED if lacking else ProbeFailure.REFUSED), str(error)
