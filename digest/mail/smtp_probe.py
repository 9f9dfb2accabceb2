"""Looking at a mail server as the sender would, up to its answer to MAIL FROM; nothing is sent."""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import aiosmtplib

from digest.mail.ehlo_name import address_literal, full_host_name
from digest.mail.smtp_connect import SmtpAccount, open_socket
from digest.mail.smtp_replies import SmtpStage

HOST_NAME_COMPLAINT = re.compile(r"\b(he|eh)lo\b|host ?name|domain name", re.IGNORECASE)
"""What servers speak of when they do not like the name in EHLO."""


class ProbeFailure(StrEnum):
    """Why a look came to its end before it was done.

    The first three say nothing about the server: nobody could ask it. NAME: it does not like ours.
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
    without TLS. ``extensions`` are what the server offers, in small letters, with their words; ``ehlo_name``
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
    """Return what a server shows; ``timeout_seconds`` is the patience for each of its answers."""
    looking = _Probe(account, timeout_seconds)
    try:
        await looking.run(sender)
    except aiosmtplib.SMTPResponseException as error:
        looking.record_refusal(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        looking.record_failure(*_classify_failure(error, looking.result.stage))
    finally:
        looking.close()
    return looking.result


class _Probe:
    """One conversation; ``result`` grows with it."""

    def __init__(self, account: SmtpAccount, timeout_seconds: float) -> None:
        self.result = ProbeResult()
        self._account = account
        self._timeout_seconds = timeout_seconds
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self, sender: str) -> None:
        account = self._account
        name = account.local_hostname or await full_host_name()
        async with asyncio.timeout(self._timeout_seconds):
            sock = await open_socket(account.host, account.port)
        self.result = replace(self.result, ehlo_name=name or address_literal(sock))
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=account.host,
            sock=sock,
            timeout=self._timeout_seconds,
            use_tls=account.security == "tls",
            start_tls=False,
            tls_context=account.tls_context,
            local_hostname=self.result.ehlo_name,
        )
        self._set_stage(SmtpStage.GREETING)
        await smtp.connect()
        await self._hello(smtp)
        if account.security == "starttls":
            self._set_stage(SmtpStage.TLS)
            await smtp.starttls()
            await self._hello(smtp)
        self._record_tls(smtp)
        if account.username:
            self._set_stage(SmtpStage.LOGIN)
            await smtp.login(account.username, account.password or "")
        self._set_stage(SmtpStage.MAIL)
        await smtp.mail(sender)
        self._set_stage(SmtpStage.RCPT)
        await self._try_recipient(smtp, sender)
        await smtp.rset()
        self._set_stage(SmtpStage.END)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await smtp.quit()

    async def _try_recipient(self, smtp: aiosmtplib.SMTP, address: str) -> None:
        """Name a recipient, because Postfix keeps its word on our EHLO back until then; nothing is sent."""
        try:
            await smtp.rcpt(address)
        except aiosmtplib.SMTPRecipientRefused as error:
            if HOST_NAME_COMPLAINT.search(error.message):
                raise

    def record_refusal(self, error: aiosmtplib.SMTPResponseException) -> None:
        """Note a refusal, and whether it is about our name."""
        named = self.result.stage is SmtpStage.HELLO or HOST_NAME_COMPLAINT.search(str(error.message)) is not None
        self.record_failure(
            ProbeFailure.EHLO_NAME_REFUSED if named else ProbeFailure.REFUSED, f"{error.code} {error.message}"
        )

    def record_failure(self, failure: ProbeFailure, text: str) -> None:
        """Note what ended the look; a password that a server repeats is left out."""
        password = self._account.password
        said = " ".join((text.replace(password, "***") if password else text).split())
        self.result = replace(self.result, failure=failure, failure_text=said[:300])

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def _set_stage(self, stage: SmtpStage) -> None:
        self.result = replace(self.result, stage=stage)

    async def _hello(self, smtp: aiosmtplib.SMTP) -> None:
        if self.result.stage is not SmtpStage.TLS:
            self._set_stage(SmtpStage.HELLO)
        try:
            await smtp.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not smtp.is_connected:
                raise
            await smtp.helo()
        self.result = replace(self.result, extensions=dict(smtp.esmtp_extensions))

    def _record_tls(self, smtp: aiosmtplib.SMTP) -> None:
        channel = smtp.transport.get_extra_info("ssl_object") if smtp.transport else None
        if channel is not None:
            self.result = replace(
                self.result, tls_version=channel.version(), certificate_expires_at=certificate_expiry(channel)
            )


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
