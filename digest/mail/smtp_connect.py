"""Opening a connection to a mail server: connect, greet, encrypt, log in; or why everybody must wait."""

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import aiosmtplib

from digest.mail.smtp_connection import SmtpConnection, SmtpTimeouts
from digest.mail.smtp_replies import SmtpStage, channel_retry, outcome_of_refused_login, split_reply
from digest.mail.smtp_stream import SmtpStream
from digest.model.host_name import is_full_host_name
from digest.model.outcome import RetryLater
from digest.model.reasons import Reason, ReasonCode

HOST_NAME_TIMEOUT = 5.0
"""How many seconds the system may look for this host's full name; its name servers may be unreachable."""

MAX_CANCEL_ATTEMPTS, CANCEL_TIMEOUT = 3, 0.2
SmtpSecurity = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """Where mail is handed over, and as whom; ``tls_context`` None trusts the system's authorities.

    ``local_hostname`` is the name for EHLO, None for this host's own.
    """

    host: str
    port: int
    security: SmtpSecurity = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls_context: ssl.SSLContext | None = None
    local_hostname: str | None = None

    def redact_password(self, text: str) -> str:
        """Return a server's words without the password, which some servers repeat."""
        return text.replace(self.password, "***") if self.password else text


async def connect(account: SmtpAccount, timeouts: SmtpTimeouts) -> SmtpConnection | RetryLater:
    """Return a connection on which mail can be sent, or why everybody must wait."""
    opening = SmtpOpening(account, timeouts)
    connection: SmtpConnection | None = None
    try:
        connection = await _run_cancellable(_open_connection(opening, timeouts))
    except aiosmtplib.SMTPAuthenticationError as error:
        return outcome_of_refused_login(error.code, account.redact_password(error.message))
    except aiosmtplib.SMTPHeloError as error:
        # EHLO and HELO were refused: mostly the server does not like the name.
        enhanced, words = split_reply(str(error.message))
        waits = channel_retry(opening.stage, error.code, enhanced, words)
        detail = f"EHLO {opening.ehlo_name}: {waits.reason.detail}"
        return replace(waits, reason=Reason(ReasonCode.SMTP_EHLO_REFUSED, detail))
    except aiosmtplib.SMTPResponseException as error:
        enhanced, words = split_reply(account.redact_password(str(error.message)))
        return channel_retry(opening.stage, error.code, enhanced, words)
    except (aiosmtplib.SMTPException, OSError) as error:
        reason = _reason_of_failure(error, opening.stage, f"{account.host}:{account.port}")
        return RetryLater(reason=reason, counts_as_attempt=False, pause_channel=True)
    finally:
        if connection is None:
            opening.close()
    return connection


async def _open_connection(opening: "SmtpOpening", timeouts: SmtpTimeouts) -> SmtpConnection:
    smtp = await opening.run()
    if not isinstance(smtp.transport, asyncio.Transport):
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return SmtpConnection(SmtpStream(smtp.transport), smtp.esmtp_extensions, timeouts)


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


def _reason_of_failure(error: Exception, stage: SmtpStage, server: str) -> Reason:
    tls = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(tls, ssl.SSLError):
        what = getattr(tls, "verify_message", "") or tls.reason
        return Reason(ReasonCode.SMTP_TLS_FAILED, f"{server}: {what}")
    if isinstance(error, TimeoutError):
        return Reason(ReasonCode.SMTP_TIMEOUT, f"{server}, {stage}")
    if stage is SmtpStage.TLS and not isinstance(error, OSError):
        return Reason(ReasonCode.SMTP_STARTTLS_MISSING, f"{server}: {error}")
    if stage is SmtpStage.LOGIN and not isinstance(error, OSError):
        return Reason(ReasonCode.SMTP_LOGIN_MISSING, f"{server}: {error}")
    return Reason(ReasonCode.SMTP_UNREACHABLE, f"{server}, {stage}: {error}")


class SmtpOpening:
    """The way to a connection that is logged in; its fields say how far it came.

    ``extensions`` are what the server offers, in lower case, with their words; None before its first answer
    to EHLO. ``tls_object`` is None without TLS.
    """

    def __init__(self, account: SmtpAccount, timeouts: SmtpTimeouts) -> None:
        self.stage = SmtpStage.CONNECT
        self.ehlo_name = ""
        self.extensions: Mapping[str, str] | None = None
        self.tls_object: ssl.SSLObject | None = None
        self._account = account
        self._timeouts = timeouts
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self) -> aiosmtplib.SMTP:
        """Open the connection and log in; raises aiosmtplib's errors and ``OSError``."""
        account = self._account
        name = account.local_hostname or await _full_host_name()
        async with asyncio.timeout(self._timeouts.connect):
            sock = await _open_socket(account.host, account.port)
        # Many relays refuse the address that RFC 5321 allows to a client without a name, so it comes last.
        self.ehlo_name = name or _address_literal(sock)
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=account.host,
            sock=sock,
            timeout=self._timeouts.command,
            use_tls=account.security == "tls",
            start_tls=False,
            tls_context=account.tls_context,
            local_hostname=self.ehlo_name,
        )
        self.stage = SmtpStage.GREETING
        await smtp.connect()
        await self._say_hello(smtp)
        if account.security == "starttls":
            self.stage = SmtpStage.TLS
            await smtp.starttls()
            await self._say_hello(smtp)
        self.tls_object = smtp.transport.get_extra_info("ssl_object") if smtp.transport else None
        if account.username:
            self.stage = SmtpStage.LOGIN
            await smtp.login(account.username, account.password or "")
        return smtp

    async def _say_hello(self, smtp: aiosmtplib.SMTP) -> None:
        self.stage = SmtpStage.HELLO
        try:
            await smtp.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not smtp.is_connected:
                raise
            await smtp.helo()
        self.extensions = dict(smtp.esmtp_extensions)

    def close(self) -> None:
        """Cut the connection."""
        if self._smtp is not None:
            self._smtp.close()


async def _full_host_name() -> str | None:
    """Return this host's full name as the system knows it, None where it knows none in time."""
    try:
        async with asyncio.timeout(HOST_NAME_TIMEOUT):
            name = await asyncio.to_thread(_system_host_name)
    except TimeoutError:
        return None
    return name if is_full_host_name(name) else None


@cache
def _system_host_name() -> str:
    return socket.getfqdn()


def _address_literal(sock: socket.socket) -> str:
    """Return the address of a socket's near end in brackets (RFC 5321, section 4.1.3)."""
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if sock.family == socket.AF_INET6 else f"[{address}]"


async def _open_socket(host: str, port: int) -> socket.socket:
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
