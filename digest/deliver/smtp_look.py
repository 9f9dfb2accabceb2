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

from digest.deliver.ehlo_name import full_host_name, own_literal
from digest.deliver.smtp_opening import Account, connect_to
from digest.deliver.smtp_replies import Stage

NAME_WORDS = re.compile(r"\b(he|eh)lo\b|host ?name|domain name", re.IGNORECASE)
"""What servers speak of when they do not like the name in EHLO."""


class Trouble(StrEnum):
    """Why a look came to its end before it was done.

    The first three say nothing about the server: nobody could ask it. NAME: it does not like ours.
    """

    NO_WAY = "no way"
    NO_NAME = "no name"
    SILENT = "silent"
    CLOSED = "closed"
    UNSAFE = "unsafe"
    LACKING = "lacking"
    REFUSED = "refused"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen, up to ``stage``; ``trouble`` and its ``words`` say what ended it there.

    ``tls`` is the version agreed on, ``valid_until`` the end of the certificate; both None without TLS.
    ``extensions`` are what the server offers, in small letters, with their words; ``name`` is what we said
    in EHLO.
    """

    stage: Stage = Stage.CONNECT
    tls: str | None = None
    valid_until: datetime | None = None
    extensions: Mapping[str, str] | None = None
    name: str = ""
    trouble: Trouble | None = None
    words: str = ""


async def look_at(account: Account, sender: str, *, seconds: float) -> Look:
    """Give what a server shows; ``seconds`` is the patience for each of its answers."""
    looking = _Looking(account, seconds)
    try:
        await looking.run(sender)
    except aiosmtplib.SMTPResponseException as error:
        looking.refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        looking.end(*_trouble(error, looking.look.stage))
    finally:
        looking.close()
    return looking.look


class _Looking:
    """One conversation; ``look`` grows with it."""

    def __init__(self, account: Account, seconds: float) -> None:
        self.look = Look()
        self._account = account
        self._seconds = seconds
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self, sender: str) -> None:
        account = self._account
        name = account.local_hostname or await full_host_name()
        async with asyncio.timeout(self._seconds):
            sock = await connect_to(account.host, account.port)
        self.look = replace(self.look, name=name or own_literal(sock))
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=account.host,
            sock=sock,
            timeout=self._seconds,
            use_tls=account.security == "tls",
            start_tls=False,
            tls_context=account.context,
            local_hostname=self.look.name,
        )
        self._at(Stage.GREETING)
        await smtp.connect()
        await self._hello(smtp)
        if account.security == "starttls":
            self._at(Stage.TLS)
            await smtp.starttls()
            await self._hello(smtp)
        self._see_tls(smtp)
        if account.username:
            self._at(Stage.LOGIN)
            await smtp.login(account.username, account.password or "")
        self._at(Stage.MAIL)
        await smtp.mail(sender)
        self._at(Stage.RCPT)
        await self._ask_for_a_recipient(smtp, sender)
        await smtp.rset()
        self._at(Stage.END)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await smtp.quit()

    async def _ask_for_a_recipient(self, smtp: aiosmtplib.SMTP, address: str) -> None:
        """Name a recipient, because Postfix keeps its word on our EHLO back until then; nothing is sent."""
        try:
            await smtp.rcpt(address)
        except aiosmtplib.SMTPRecipientRefused as error:
            if NAME_WORDS.search(error.message):
                raise

    def refused(self, error: aiosmtplib.SMTPResponseException) -> None:
        """Note a refusal, and whether it is about our name."""
        named = self.look.stage is Stage.HELLO or NAME_WORDS.search(str(error.message)) is not None
        self.end(Trouble.NAME if named else Trouble.REFUSED, f"{error.code} {error.message}")

    def end(self, trouble: Trouble, words: str) -> None:
        """Note what ended the look; a password that a server repeats is left out."""
        password = self._account.password
        said = " ".join((words.replace(password, "***") if password else words).split())
        self.look = replace(self.look, trouble=trouble, words=said[:300])

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def _at(self, stage: Stage) -> None:
        self.look = replace(self.look, stage=stage)

    async def _hello(self, smtp: aiosmtplib.SMTP) -> None:
        if self.look.stage is not Stage.TLS:
            self._at(Stage.HELLO)
        try:
            await smtp.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not smtp.is_connected:
                raise
            await smtp.helo()
        self.look = replace(self.look, extensions=dict(smtp.esmtp_extensions))

    def _see_tls(self, smtp: aiosmtplib.SMTP) -> None:
        channel = smtp.transport.get_extra_info("ssl_object") if smtp.transport else None
        if channel is not None:
            self.look = replace(self.look, tls=channel.version(), valid_until=valid_until(channel))


def valid_until(channel: ssl.SSLObject | ssl.SSLSocket) -> datetime | None:
    """Give when the certificate of the other side ends, None where it showed none that was checked."""
    shown = channel.getpeercert() or {}
    end = shown.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None


def _trouble(error: Exception, stage: Stage) -> tuple[Trouble, str]:
    """Give what kind of trouble an exception is, and its words."""
    # aiosmtplib's own errors are OSErrors too, and hold the one that says more.
    cause = (error.__cause__ or error) if isinstance(error, aiosmtplib.SMTPException) else error
    if isinstance(error, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return Trouble.SILENT, "no answer in time"
    if isinstance(cause, ssl.SSLError):
        return Trouble.UNSAFE, getattr(cause, "verify_message", "") or str(cause.reason or cause)
    if isinstance(cause, socket.gaierror):
        lost = cause.errno in {socket.EAI_NONAME, socket.EAI_NODATA}
        return (Trouble.NO_NAME if lost else Trouble.NO_WAY), str(cause.strerror)
    if isinstance(cause, ConnectionError):
        return Trouble.CLOSED, str(getattr(cause, "strerror", None) or error)
    if isinstance(cause, OSError):
        return Trouble.NO_WAY, str(cause.strerror or cause)
    lacking = stage in {Stage.TLS, Stage.LOGIN}
    return (Trouble.LACKING if lacking else Trouble.REFUSED), str(error)
