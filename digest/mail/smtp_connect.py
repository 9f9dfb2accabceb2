"""Opening a connection to a mail server: connect, greet, encrypt, log in; or why everybody must wait."""

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Literal

import aiosmtplib

from digest.mail.ehlo_name import address_literal, full_host_name
from digest.mail.smtp_connection import SmtpConnection, SmtpTimeouts
from digest.mail.smtp_replies import SmtpStage, channel_retry, outcome_of_refused_login, split_reply
from digest.mail.smtp_stream import SmtpStream
from digest.model.outcome import RetryLater
from digest.model.reasons import Reason, ReasonCode

MAX_CANCEL_ATTEMPTS, CANCEL_TIMEOUT = 3, 0.2
SmtpSecurity = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """Where mail is handed over, and as whom; ``tls_context`` None trusts the system's authorities.

    ``local_hostname`` is the name for EHLO, None for this host's own (``digest.mail.ehlo_name``).
    """

    host: str
    port: int
    security: SmtpSecurity = "starttls"
    username: str | None = None
    password: str | None = None
    tls_context: ssl.SSLContext | None = None
    local_hostname: str | None = None

    def __repr__(self) -> str:
        """Show where, never the password."""
        return f"Account({self.host}:{self.port}, {self.security})"


async def connect(account: SmtpAccount, timeouts: SmtpTimeouts) -> SmtpConnection | RetryLater:
    """Return a line on which mail can be sent, or why everybody must wait."""
    opening = _ConnectAttempt(account, timeouts)
    line: SmtpConnection | None = None
    try:
        line = await _run_cancellable(opening.run())
    except aiosmtplib.SMTPAuthenticationError as error:
        return outcome_of_refused_login(error.code, opening.redact_password(error.message))
    except aiosmtplib.SMTPHeloError as error:
        return opening.explain_refused_ehlo(error)
    except aiosmtplib.SMTPResponseException as error:
        enhanced, words = split_reply(opening.redact_password(str(error.message)))
        return channel_retry(opening.stage, error.code, enhanced, words)
    except (aiosmtplib.SMTPException, OSError) as error:
        return RetryLater(reason=opening.describe_error(error), counts_as_attempt=False, pause_channel=True)
    finally:
        if line is None:
            opening.close()
    return line


async def _run_cancellable(attempt: Coroutine[Any, Any, SmtpConnection]) -> SmtpConnection:
    """Open a connection, and stop at once when cancelled.

    ``asyncio.wait_for``, which aiosmtplib uses, loses a cancellation that comes just when what it waits for
    is done (Python issue 86296); whoever is cancelled would then wait for a greeting that never comes.
    """
    running = asyncio.create_task(attempt, name="mail server")
    try:
        await asyncio.wait([running])
    except asyncio.CancelledError:
        for _ in range(MAX_CANCEL_ATTEMPTS):
            running.cancel()
            if (await asyncio.wait([running], timeout=CANCEL_TIMEOUT))[0]:
                break
        if running.done() and not running.cancelled() and running.exception() is None:
            running.result().abort()
        raise
    return running.result()


class _ConnectAttempt:
    """One try; ``stage`` says how far it came."""

    def __init__(self, account: SmtpAccount, timeouts: SmtpTimeouts) -> None:
        self.stage = SmtpStage.CONNECT
        self._account = account
        self._timeouts = timeouts
        self._ehlo_name = ""
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self) -> SmtpConnection:
        account = self._account
        name = account.local_hostname or await full_host_name()
        async with asyncio.timeout(self._timeouts.connect):
            sock = await open_socket(account.host, account.port)
        self._ehlo_name = name or address_literal(sock)
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=account.host,
            sock=sock,
            timeout=self._timeouts.command,
            use_tls=account.security == "tls",
            start_tls=False,
            tls_context=account.tls_context,
            local_hostname=self._ehlo_name,
        )
        self.stage = SmtpStage.GREETING
        await smtp.connect()
        await self._hello(smtp)
        if account.security == "starttls":
            self.stage = SmtpStage.TLS
            await smtp.starttls()
            await self._hello(smtp)
        if account.username:
            self.stage = SmtpStage.LOGIN
            await smtp.login(account.username, account.password or "")
        if not isinstance(smtp.transport, asyncio.Transport):
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        return SmtpConnection(SmtpStream(smtp.transport), smtp.esmtp_extensions, self._timeouts)

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def explain_refused_ehlo(self, error: aiosmtplib.SMTPHeloError) -> RetryLater:
        """Return what a refused EHLO and HELO mean: mostly that the server does not like the name."""
        enhanced, words = split_reply(str(error.message))
        waits = channel_retry(self.stage, error.code, enhanced, words)
        detail = f"EHLO {self._ehlo_name}: {waits.reason.detail}"
        return replace(waits, reason=Reason(ReasonCode.SMTP_EHLO_REFUSED, detail))

    def redact_password(self, text: str) -> str:
        """Return a server's words without the password, which some repeat."""
        password = self._account.password
        return text.replace(password, "***") if password else text

    def describe_error(self, error: Exception) -> Reason:
        """Return why the connection could not be opened."""
        where = f"{self._account.host}:{self._account.port}"
        tls = error if isinstance(error, ssl.SSLError) else error.__cause__
        if isinstance(tls, ssl.SSLError):
            what = getattr(tls, "verify_message", "") or tls.reason
            return Reason(ReasonCode.SMTP_TLS_FAILED, f"{where}: {what}")
        if isinstance(error, TimeoutError):
            return Reason(ReasonCode.SMTP_TIMEOUT, f"{where}, {self.stage}")
        if self.stage is SmtpStage.TLS and not isinstance(error, OSError):
            return Reason(ReasonCode.SMTP_STARTTLS_MISSING, f"{where}: {error}")
        if self.stage is SmtpStage.LOGIN and not isinstance(error, OSError):
            return Reason(ReasonCode.SMTP_LOGIN_MISSING, f"{where}: {error}")
        return Reason(ReasonCode.SMTP_UNREACHABLE, f"{where}, {self.stage}: {error}")

    async def _hello(self, smtp: aiosmtplib.SMTP) -> None:
        self.stage = SmtpStage.HELLO
        try:
            await smtp.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not smtp.is_connected:
                raise
            await smtp.helo()


async def open_socket(host: str, port: int) -> socket.socket:
    """Open a TCP connection to the first address that takes it."""
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(f"no address for {host}")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(0)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except asyncio.CancelledError:
            sock.close()
            raise
        else:
            return sock
    raise failure
