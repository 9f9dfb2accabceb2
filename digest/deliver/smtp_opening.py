"""Opening a connection to a mail server: connect, greet, encrypt, log in; or why everybody must wait."""

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Literal

import aiosmtplib

from digest.channel import Later
from digest.deliver.ehlo_name import full_host_name, own_literal
from digest.deliver.smtp_line import Line, Timeouts
from digest.deliver.smtp_replies import Stage, login_refused, split_reply, waiting
from digest.deliver.smtp_stream import SmtpStream
from digest.reasons import Reason, ReasonCode

CANCELS, CANCEL_SECONDS = 3, 0.2
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where mail is handed over, and as whom; ``context`` None trusts the system's authorities.

    ``local_hostname`` is the name for EHLO, None for this host's own (``digest.deliver.ehlo_name``).
    """

    host: str
    port: int
    security: Security = "starttls"
    username: str | None = None
    password: str | None = None
    context: ssl.SSLContext | None = None
    local_hostname: str | None = None

    def __repr__(self) -> str:
        """Show where, never the password."""
        return f"Account({self.host}:{self.port}, {self.security})"


async def open_line(account: Account, timeouts: Timeouts) -> Line | Later:
    """Give a line on which mail can be sent, or why everybody must wait."""
    opening = _Opening(account, timeouts)
    line: Line | None = None
    try:
        line = await _cancellable(opening.run())
    except aiosmtplib.SMTPAuthenticationError as error:
        return login_refused(error.code, opening.hushed(error.message))
    except aiosmtplib.SMTPHeloError as error:
        return opening.name_refused(error)
    except aiosmtplib.SMTPResponseException as error:
        enhanced, words = split_reply(opening.hushed(str(error.message)))
        return waiting(opening.stage, error.code, enhanced, words)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Later(reason=opening.trouble(error), counts=False, whole_channel=True)
    finally:
        if line is None:
            opening.close()
    return line


async def _cancellable(opening: Coroutine[Any, Any, Line]) -> Line:
    """Open a connection, and stop at once when cancelled.

    ``asyncio.wait_for``, which aiosmtplib uses, loses a cancellation that comes just when what it waits for
    is done (Python issue 86296); whoever is cancelled would then wait for a greeting that never comes.
    """
    running = asyncio.create_task(opening, name="mail server")
    try:
        await asyncio.wait([running])
    except asyncio.CancelledError:
        for _ in range(CANCELS):
            running.cancel()
            if (await asyncio.wait([running], timeout=CANCEL_SECONDS))[0]:
                break
        if running.done() and not running.cancelled() and running.exception() is None:
            running.result().abort()
        raise
    return running.result()


class _Opening:
    """One try; ``stage`` says how far it came."""

    def __init__(self, account: Account, timeouts: Timeouts) -> None:
        self.stage = Stage.CONNECT
        self._account = account
        self._timeouts = timeouts
        self._name = ""
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self) -> Line:
        account = self._account
        name = account.local_hostname or await full_host_name()
        async with asyncio.timeout(self._timeouts.connect):
            sock = await connect_to(account.host, account.port)
        self._name = name or own_literal(sock)
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=account.host,
            sock=sock,
            timeout=self._timeouts.command,
            use_tls=account.security == "tls",
            start_tls=False,
            tls_context=account.context,
            local_hostname=self._name,
        )
        self.stage = Stage.GREETING
        await smtp.connect()
        await self._hello(smtp)
        if account.security == "starttls":
            self.stage = Stage.TLS
            await smtp.starttls()
            await self._hello(smtp)
        if account.username:
            self.stage = Stage.LOGIN
            await smtp.login(account.username, account.password or "")
        if not isinstance(smtp.transport, asyncio.Transport):
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        return Line(SmtpStream(smtp.transport), smtp.esmtp_extensions, self._timeouts)

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def name_refused(self, error: aiosmtplib.SMTPHeloError) -> Later:
        """Return what a refused EHLO and HELO mean: mostly that the server does not like the name."""
        enhanced, words = split_reply(str(error.message))
        waits = waiting(self.stage, error.code, enhanced, words)
        detail = f"EHLO {self._name}: {waits.reason.detail}"
        return replace(waits, reason=Reason(ReasonCode.SMTP_EHLO_REFUSED, detail))

    def hushed(self, text: str) -> str:
        """Give a server's words without the password, which some repeat."""
        password = self._account.password
        return text.replace(password, "***") if password else text

    def trouble(self, error: Exception) -> Reason:
        """Return why the connection could not be opened."""
        where = f"{self._account.host}:{self._account.port}"
        tls = error if isinstance(error, ssl.SSLError) else error.__cause__
        if isinstance(tls, ssl.SSLError):
            what = getattr(tls, "verify_message", "") or tls.reason
            return Reason(ReasonCode.SMTP_TLS_FAILED, f"{where}: {what}")
        if isinstance(error, TimeoutError):
            return Reason(ReasonCode.SMTP_TIMEOUT, f"{where}, {self.stage}")
        if self.stage is Stage.TLS and not isinstance(error, OSError):
            return Reason(ReasonCode.SMTP_STARTTLS_MISSING, f"{where}: {error}")
        if self.stage is Stage.LOGIN and not isinstance(error, OSError):
            return Reason(ReasonCode.SMTP_LOGIN_MISSING, f"{where}: {error}")
        return Reason(ReasonCode.SMTP_UNREACHABLE, f"{where}, {self.stage}: {error}")

    async def _hello(self, smtp: aiosmtplib.SMTP) -> None:
        self.stage = Stage.HELLO
        try:
            await smtp.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not smtp.is_connected:
                raise
            await smtp.helo()


async def connect_to(host: str, port: int) -> socket.socket:
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
