"""One connection to a mail server, on which one transaction follows another.

Time-outs follow RFC 5321 4.5.3.2: too short ones make copies, because the server has the message and
the client believes otherwise.
"""

import asyncio
import contextlib
import re
from collections.abc import Collection
from dataclasses import dataclass

import idna

from digest.mail.smtp_replies import (
    SmtpStage,
    outcome_of_disconnect,
    outcome_of_invalid_reply,
    outcome_of_reply,
    split_reply,
)
from digest.mail.smtp_stream import CLOSING, InvalidReply, SmtpReply, SmtpStream
from digest.model.outcome import Outcome, Refused, SendCancelled, Sent
from digest.model.reasons import Reason, ReasonCode

ADDRESS_PATTERN = re.compile(r"[^\s<>@,;:\\\"()\[\]\x00-\x1f\x7f]+@[^\s<>@,;:\\\"()\x00-\x1f\x7f]+")
LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"(?m)^\.")
OK, START_MAIL_INPUT = 250, 354
SUCCESS_END = 300
REFUSAL_CODES = range(400, 600)
MAX_RECEIPT_LENGTH = 200
QUIT_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTimeouts:
    """Seconds to wait at each stage (RFC 5321 4.5.3.2)."""

    connect: float = 30
    command: float = 300
    data: float = 120
    block: float = 180
    end: float = 600


class _TransactionEnded(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class SmtpConnection:
    """A connection on which somebody has logged in; ``sent_count`` counts its messages.

    ``extensions`` are those that the server offers, in lower case.
    """

    def __init__(self, stream: SmtpStream, extensions: Collection[str], timeouts: SmtpTimeouts) -> None:
        self._stream = stream
        self._extensions = frozenset(extensions)
        self._timeouts = timeouts
        self._stage = SmtpStage.MAIL
        self.used = False
        self.sent_count = 0
        self.idle_since = 0.0

    @property
    def is_alive(self) -> bool:
        """Return whether the connection stands as far as we can see."""
        return self._stream.is_alive

    async def reset(self) -> bool:
        """Ask the server to forget what was begun, and tell whether it still answers."""
        try:
            return (await self._stream.send_command(b"RSET", self._timeouts.connect)).code == OK
        except (OSError, InvalidReply):
            return False

    async def close(self) -> None:
        """Send QUIT if the server still reads, and close."""
        if self._stream.is_alive:
            with contextlib.suppress(OSError, InvalidReply):
                await self._stream.send_command(b"QUIT", QUIT_TIMEOUT)
        self._stream.close()

    def abort(self) -> None:
        """Cut the connection."""
        self._stream.abort()

    async def send(self, sender: str, recipient: str, raw: bytes) -> tuple[SmtpStage, Outcome]:
        """Hand one message over; gives how that ended and the stage at which it did."""
        self._stage = SmtpStage.MAIL
        self.used = True
        try:
            return SmtpStage.END, await self._run_transaction(sender, recipient, raw)
        except _TransactionEnded as ended:
            return self._stage, ended.outcome
        except asyncio.CancelledError:
            self._stream.abort()
            if self._stage is not SmtpStage.END:
                raise SendCancelled from None
            raise
        except TimeoutError:
            self._stream.abort()
            return self._stage, outcome_of_disconnect(self._stage, "no answer in time")
        except InvalidReply as error:
            self._stream.abort()
            return self._stage, outcome_of_invalid_reply(self._stage, str(error))
        except OSError as error:
            self._stream.abort()
            return self._stage, outcome_of_disconnect(self._stage, f"connection lost: {type(error).__name__}")

    async def _run_transaction(self, sender: str, recipient: str, raw: bytes) -> Outcome:
        to, needs_utf8 = self._encode_mailbox(recipient)
        from_, sender_needs_utf8 = self._encode_mailbox(sender) if sender else (b"", False)
        body = _normalize_line_ends(raw)
        options = self._mail_options(body, needs_utf8=needs_utf8 or sender_needs_utf8)
        await self._send_command(SmtpStage.MAIL, b"MAIL", b"FROM:<" + from_ + b">", *options)
        await self._send_command(SmtpStage.RCPT, b"RCPT", b"TO:<" + to + b">")
        await self._send_command(SmtpStage.DATA, b"DATA")
        await self._send_body(body)
        return await self._send_final_dot()

    async def _send_command(self, stage: SmtpStage, *words: bytes) -> None:
        self._stage = stage
        seconds = self._timeouts.data if stage is SmtpStage.DATA else self._timeouts.command
        reply = await self._stream.send_command(b" ".join(words), seconds)
        hoped_for = reply.code == START_MAIL_INPUT if stage is SmtpStage.DATA else OK <= reply.code < SUCCESS_END
        if not hoped_for:
            raise self._end_of_reply(stage, reply)

    def _end_of_reply(self, stage: SmtpStage, reply: SmtpReply) -> _TransactionEnded:
        """Return the end that a reply means; a server that is closing or talks nonsense is left."""
        if reply.code == CLOSING or reply.code not in REFUSAL_CODES:
            self._stream.abort()
        enhanced, words = split_reply(reply.text)
        return _TransactionEnded(outcome_of_reply(stage, reply.code, enhanced, words))

    def _encode_mailbox(self, address: str) -> tuple[bytes, bool]:
        """Return an address for the wire, and whether it needs SMTPUTF8 (RFC 6531)."""
        if not ADDRESS_PATTERN.fullmatch(address):
            raise _TransactionEnded(Refused(reason=Reason(ReasonCode.INVALID_EMAIL_ADDRESS)))
        local, _, domain = address.rpartition("@")
        try:
            ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise _TransactionEnded(Refused(reason=Reason(ReasonCode.INVALID_EMAIL_DOMAIN))) from None
        wide = not local.isascii()
        if wide and "smtputf8" not in self._extensions:
            raise _TransactionEnded(Refused(reason=Reason(ReasonCode.SMTPUTF8_MISSING), is_external_fault=True))
        return f"{local}@{ascii_domain}".encode(), wide

    def _mail_options(self, body: bytes, *, needs_utf8: bool) -> list[bytes]:
        options = []
        if "size" in self._extensions:
            options.append(b"SIZE=%d" % len(body))
        if not body.isascii() and "8bitmime" in self._extensions:
            options.append(b"BODY=8BITMIME")
        if needs_utf8:
            options.append(b"SMTPUTF8")
        return options

    async def _send_body(self, body: bytes) -> None:
        """Write everything but the final dot, and wait until the system has taken it.

        A server that refuses in the middle is not sent the dot, so that nothing is delivered.
        """
        self._stage = SmtpStage.BODY
        self._stream.write(LEADING_DOT.sub(b"..", body))
        await self._stream.drain(self._timeouts.block)
        if (early := self._stream.pop_unexpected(REFUSAL_CODES)) is not None:
            self._stream.abort()
            raise self._end_of_reply(SmtpStage.DATA, early)

    async def _send_final_dot(self) -> Outcome:
        """Write the final dot, after which only the server's answer says what became of the message."""
        self._stream.write(b".\r\n")
        self._stage = SmtpStage.END
        reply = await self._stream.read_reply(self._timeouts.end)
        self._stream.check_no_extra_reply()
        if not OK <= reply.code < SUCCESS_END:
            raise self._end_of_reply(SmtpStage.END, reply)
        self.sent_count += 1
        enhanced, words = split_reply(reply.text)
        return Sent(receipt=" ".join(f"{reply.code} {enhanced} {words}".split())[:MAX_RECEIPT_LENGTH])


def _normalize_line_ends(raw: bytes) -> bytes:
    body = LINE_END.sub(b"\r\n", raw)
    return body if body.endswith(b"\r\n") else body + b"\r\n"
