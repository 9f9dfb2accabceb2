"""One connection to a mail server, on which one transaction follows another.

Time-outs follow RFC 5321 4.5.3.2: too short ones make copies, because the server has the message and
the client believes otherwise.
"""

import asyncio
import contextlib
import re
from dataclasses import dataclass

import aiosmtplib
import idna

from digest.channel import Outcome, Refused, Sent
from digest.deliver.smtp_replies import (
    Stage,
    outcome_of_loss,
    outcome_of_reply,
    split_reply,
)
from digest.deliver.write_buffers import WriteBuffers
from digest.reasons import ASCII_ALONE, NO_MAIL_ADDRESS, NO_MAIL_DOMAIN

ADDRESS = re.compile(r"[^\s<>@,;:\\\"()\[\]\x00-\x1f\x7f]+@[^\s<>@,;:\\\"()\x00-\x1f\x7f]+")
LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"(?m)^\.")
OK, START_INPUT = 250, 354
FIRST_NOT_OK = 300
LONGEST_RECEIPT = 200
GOODBYE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait at each stage (RFC 5321 4.5.3.2)."""

    connect: float = 30
    command: float = 300
    data: float = 120
    block: float = 180
    end: float = 600


class _Ended(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Line:
    """A connection on which somebody has logged in; ``sent`` counts its messages."""

    def __init__(self, smtp: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
        self._smtp = smtp
        self._timeouts = timeouts
        self._buffers: WriteBuffers | None = None
        self._stage = Stage.MAIL
        self.used = False
        self.sent = 0
        self.idle_since = 0.0

    @property
    def alive(self) -> bool:
        """Tell whether the connection stands as far as we can see."""
        return self._smtp.is_connected

    async def answers(self) -> bool:
        """Ask the server to forget what was begun, and tell whether it still answers."""
        try:
            return (await self._smtp.execute_command(b"RSET", timeout=self._timeouts.connect)).code == OK
        except (aiosmtplib.SMTPException, OSError):
            return False

    async def close(self) -> None:
        """Say goodbye where the server listens, and close."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self._smtp.execute_command(b"QUIT", timeout=GOODBYE)
        self._smtp.close()

    async def send(self, sender: str, recipient: str, raw: bytes) -> tuple[Stage, Outcome]:
        """Hand one message over; gives how that ended and the stage at which it did."""
        self._stage = Stage.MAIL
        self.used = True
        try:
            return Stage.END, await self._transaction(sender, recipient, raw)
        except _Ended as ended:
            return self._stage, ended.outcome
        except asyncio.CancelledError:
            self._smtp.close()
            raise
        except TimeoutError:
            self._smtp.close()
            return self._stage, outcome_of_loss(self._stage, "no answer in time")
        except aiosmtplib.SMTPResponseException as error:
            self._smtp.close()
            return self._stage, outcome_of_reply(self._stage, error.code, "", str(error.message))
        except (aiosmtplib.SMTPException, OSError) as error:
            self._smtp.close()
            return self._stage, outcome_of_loss(self._stage, f"connection lost: {type(error).__name__}")

    async def _transaction(self, sender: str, recipient: str, raw: bytes) -> Outcome:
        to, wide = self._mailbox(recipient)
        from_, wide_sender = self._mailbox(sender) if sender else (b"", False)
        options = self._options(raw, wide=wide or wide_sender)
        await self._command(Stage.MAIL, b"MAIL", b"FROM:<" + from_ + b">", *options)
        await self._command(Stage.RCPT, b"RCPT", b"TO:<" + to + b">")
        await self._command(Stage.DATA, b"DATA")
        self._stage = Stage.BODY
        await self._body(raw)
        self._stage = Stage.END
        code, text = await self._dot()
        enhanced, words = split_reply(text)
        if not OK <= code < FIRST_NOT_OK:
            return outcome_of_reply(Stage.END, code, enhanced, words)
        self.sent += 1
        return Sent(receipt=" ".join(f"{code} {enhanced} {words}".split())[:LONGEST_RECEIPT])

    async def _command(self, stage: Stage, *words: bytes) -> None:
        self._stage = stage
        seconds = self._timeouts.data if stage is Stage.DATA else self._timeouts.command
        code, text = await self._smtp.execute_command(*words, timeout=seconds)
        hoped_for = code == START_INPUT if stage is Stage.DATA else OK <= code < FIRST_NOT_OK
        if not hoped_for:
            enhanced, said = split_reply(text)
            raise _Ended(outcome_of_reply(stage, code, enhanced, said))

    def _mailbox(self, address: str) -> tuple[bytes, bool]:
        """Give an address for the wire, and whether it needs SMTPUTF8 (RFC 6531)."""
        if not ADDRESS.fullmatch(address):
            raise _Ended(Refused(reason=NO_MAIL_ADDRESS))
        local, _, domain = address.rpartition("@")
        try:
            ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise _Ended(Refused(reason=NO_MAIL_DOMAIN)) from None
        wide = not local.isascii()
        if wide and not self._smtp.supports_extension("smtputf8"):
            raise _Ended(Refused(reason=ASCII_ALONE))
        return f"{local}@{ascii_domain}".encode(), wide

    def _options(self, raw: bytes, *, wide: bool) -> list[bytes]:
        options = []
        if self._smtp.supports_extension("size"):
            options.append(b"SIZE=%d" % len(_wire_form(raw)))
        if not raw.isascii() and self._smtp.supports_extension("8bitmime"):
            options.append(b"BODY=8BITMIME")
        if wide:
            options.append(b"SMTPUTF8")
        return options

    async def _body(self, raw: bytes) -> None:
        """Write everything but the final dot, and wait until the system has taken it."""
        protocol, buffers = self._smtp.protocol, self._write_buffers()
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        protocol.write(LEADING_DOT.sub(b"..", _wire_form(raw)))
        await buffers.emptied(self._timeouts.block)

    async def _dot(self) -> tuple[int, str]:
        protocol = self._smtp.protocol
        if protocol is None:
            self._stage = Stage.BODY
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        try:
            protocol.write(b".\r\n")
        except aiosmtplib.SMTPServerDisconnected:
            self._stage = Stage.BODY
            raise
        code, text = await protocol.read_response(timeout=self._timeouts.end)
        return code, text

    def _write_buffers(self) -> WriteBuffers:
        """Return the buffers between us and the system; they live as long as the connection."""
        if self._buffers is None:
            transport = self._smtp.transport
            if not isinstance(transport, asyncio.WriteTransport):
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
            self._buffers = WriteBuffers(transport)
        return self._buffers


def _wire_form(raw: bytes) -> bytes:
    body = LINE_END.sub(b"\r\n", raw)
    return body if body.endswith(b"\r\n") else body + b"\r\n"
