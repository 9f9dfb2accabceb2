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

from digest.channel import Outcome, Refused, SendCancelled, Sent
from digest.deliver.smtp_replies import (
    Stage,
    nonsense,
    outcome_of_loss,
    outcome_of_reply,
    split_reply,
)
from digest.deliver.smtp_stream import CLOSING, BadReply, Reply, SmtpStream
from digest.reasons import Reason, ReasonCode

ADDRESS = re.compile(r"[^\s<>@,;:\\\"()\[\]\x00-\x1f\x7f]+@[^\s<>@,;:\\\"()\x00-\x1f\x7f]+")
LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"(?m)^\.")
OK, START_INPUT = 250, 354
FIRST_NOT_OK = 300
REFUSALS = range(400, 600)
LONGEST_RECEIPT = 200
GOODBYE = 2.0


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
    """A connection on which somebody has logged in; ``sent`` counts its messages.

    ``extensions`` are those that the server offers, in small letters.
    """

    def __init__(self, stream: SmtpStream, extensions: Collection[str], timeouts: Timeouts) -> None:
        self._stream = stream
        self._extensions = frozenset(extensions)
        self._timeouts = timeouts
        self._stage = Stage.MAIL
        self.used = False
        self.sent = 0
        self.idle_since = 0.0

    @property
    def alive(self) -> bool:
        """Tell whether the connection stands as far as we can see."""
        return self._stream.alive

    async def answers(self) -> bool:
        """Ask the server to forget what was begun, and tell whether it still answers."""
        try:
            return (await self._stream.command(b"RSET", self._timeouts.connect)).code == OK
        except (OSError, BadReply):
            return False

    async def close(self) -> None:
        """Say goodbye where the server listens, and close."""
        if self._stream.alive:
            with contextlib.suppress(OSError, BadReply):
                await self._stream.command(b"QUIT", GOODBYE)
        self._stream.close()

    def abort(self) -> None:
        """Cut the connection."""
        self._stream.abort()

    async def send(self, sender: str, recipient: str, raw: bytes) -> tuple[Stage, Outcome]:
        """Hand one message over; gives how that ended and the stage at which it did."""
        self._stage = Stage.MAIL
        self.used = True
        try:
            return Stage.END, await self._transaction(sender, recipient, raw)
        except _Ended as ended:
            return self._stage, ended.outcome
        except asyncio.CancelledError:
            self._stream.abort()
            if self._stage is not Stage.END:
                raise SendCancelled from None
            raise
        except TimeoutError:
            self._stream.abort()
            return self._stage, outcome_of_loss(self._stage, "no answer in time")
        except BadReply as error:
            self._stream.abort()
            return self._stage, nonsense(self._stage, str(error))
        except OSError as error:
            self._stream.abort()
            return self._stage, outcome_of_loss(self._stage, f"connection lost: {type(error).__name__}")

    async def _transaction(self, sender: str, recipient: str, raw: bytes) -> Outcome:
        to, wide = self._mailbox(recipient)
        from_, wide_sender = self._mailbox(sender) if sender else (b"", False)
        options = self._options(raw, wide=wide or wide_sender)
        await self._command(Stage.MAIL, b"MAIL", b"FROM:<" + from_ + b">", *options)
        await self._command(Stage.RCPT, b"RCPT", b"TO:<" + to + b">")
        await self._command(Stage.DATA, b"DATA")
        await self._body(raw)
        return await self._dot()

    async def _command(self, stage: Stage, *words: bytes) -> None:
        self._stage = stage
        seconds = self._timeouts.data if stage is Stage.DATA else self._timeouts.command
        reply = await self._stream.command(b" ".join(words), seconds)
        hoped_for = reply.code == START_INPUT if stage is Stage.DATA else OK <= reply.code < FIRST_NOT_OK
        if not hoped_for:
            raise self._ended(stage, reply)

    def _ended(self, stage: Stage, reply: Reply) -> _Ended:
        """Return the end that a reply means; a server that is closing or talks nonsense is left."""
        if reply.code == CLOSING or reply.code not in REFUSALS:
            self._stream.abort()
        if reply.code not in REFUSALS:
            return _Ended(nonsense(stage, f"{reply.code} {reply.text}"[:LONGEST_RECEIPT]))
        enhanced, words = split_reply(reply.text)
        return _Ended(outcome_of_reply(stage, reply.code, enhanced, words))

    def _mailbox(self, address: str) -> tuple[bytes, bool]:
        """Give an address for the wire, and whether it needs SMTPUTF8 (RFC 6531)."""
        if not ADDRESS.fullmatch(address):
            raise _Ended(Refused(reason=Reason(ReasonCode.INVALID_EMAIL_ADDRESS)))
        local, _, domain = address.rpartition("@")
        try:
            ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise _Ended(Refused(reason=Reason(ReasonCode.INVALID_EMAIL_DOMAIN))) from None
        wide = not local.isascii()
        if wide and "smtputf8" not in self._extensions:
            raise _Ended(Refused(reason=Reason(ReasonCode.SMTPUTF8_MISSING), nobodys_fault=True))
        return f"{local}@{ascii_domain}".encode(), wide

    def _options(self, raw: bytes, *, wide: bool) -> list[bytes]:
        options = []
        if "size" in self._extensions:
            options.append(b"SIZE=%d" % len(_wire_form(raw)))
        if not raw.isascii() and "8bitmime" in self._extensions:
            options.append(b"BODY=8BITMIME")
        if wide:
            options.append(b"SMTPUTF8")
        return options

    async def _body(self, raw: bytes) -> None:
        """Write everything but the final dot, and wait until the system has taken it.

        A server that refuses in the middle is not sent the dot, so that nothing is delivered.
        """
        self._stage = Stage.BODY
        self._stream.write(LEADING_DOT.sub(b"..", _wire_form(raw)))
        await self._stream.written(self._timeouts.block)
        if (early := self._stream.unasked(REFUSALS)) is not None:
            self._stream.abort()
            raise self._ended(Stage.DATA, early)

    async def _dot(self) -> Outcome:
        """Write the final dot, after which only the server's answer says what became of the message."""
        self._stream.write(b".\r\n")
        self._stage = Stage.END
        reply = await self._stream.reply(self._timeouts.end)
        self._stream.expect_no_more()
        if not OK <= reply.code < FIRST_NOT_OK:
            raise self._ended(Stage.END, reply)
        self.sent += 1
        enhanced, words = split_reply(reply.text)
        return Sent(receipt=" ".join(f"{reply.code} {enhanced} {words}".split())[:LONGEST_RECEIPT])


def _wire_form(raw: bytes) -> bytes:
    body = LINE_END.sub(b"\r\n", raw)
    return body if body.endswith(b"\r\n") else body + b"\r\n"
