"""One connection to the mail server of the tests, from the greeting to QUIT."""

import asyncio
import base64
import time
from dataclasses import dataclass, field

from tests.support.certificate import Certificate
from tests.support.smtp_faults import (
    DelayReply,
    DropConnection,
    RawReply,
    SmtpFault,
    SmtpFaults,
    SmtpFaultStage,
    TrickleReply,
)
from tests.support.wire_log import WireLog


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """A message as it came: its envelope, its bytes without dot-stuffing, and the line it came on.

    ``bare_line_ends`` counts CR or LF that stood alone, which no client may send (RFC 5321 2.3.8).
    """

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: float
    connection: int
    options: tuple[str, ...]
    encrypted: bool
    user: str | None
    bare_line_ends: int


@dataclass(slots=True)
class SmtpServerState:
    """What a server is set to, and what came so far."""

    certificate: Certificate | None
    username: str | None
    password: str | None
    extensions: tuple[str, ...]
    starttls: bool
    wire: WireLog
    faults: SmtpFaults = field(default_factory=SmtpFaults)
    messages: list[ReceivedMail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


class SmtpSession:
    """One connection, from the greeting to QUIT."""

    def __init__(
        self,
        state: SmtpServerState,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
        *,
        encrypted: bool,
    ) -> None:
        self.state = state
        self.reader = reader
        self.writer = writer
        self.number = number
        self.encrypted = encrypted
        self.user: str | None = None
        self.sender: str | None = None
        self.options: tuple[str, ...] = ()
        self.recipients: list[str] = []

    async def run(self) -> None:
        """Talk until QUIT or the end of the line."""
        await self._reply(SmtpFaultStage.GREETING, "220 stand-in.example ESMTP")
        while not self.writer.is_closing():
            line = (await self.reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "surrogateescape")
            verb, _, rest = line.partition(" ")
            self.state.commands.append(line if verb.upper() != "AUTH" else "AUTH …")
            command = getattr(self, "_on_" + verb.lower(), None)
            if command is None:
                await self._send_lines("500 5.5.2 Unknown command")
            else:
                await command(rest)

    async def _on_ehlo(self, _: str) -> None:
        await self._reply(SmtpFaultStage.EHLO, *self._extensions())

    async def _on_helo(self, _: str) -> None:
        await self._reply(SmtpFaultStage.HELO, "250 stand-in.example")

    async def _on_noop(self, _: str) -> None:
        await self._send_lines("250 2.0.0 Ok")

    async def _on_rset(self, _: str) -> None:
        self._reset_transaction()
        await self._reply(SmtpFaultStage.RSET, "250 2.0.0 Forgotten")

    async def _on_quit(self, _: str) -> None:
        await self._send_lines("221 2.0.0 Bye")
        self.writer.close()

    def _extensions(self) -> list[str]:
        offered = list(self.state.extensions)
        if self.state.starttls and not self.encrypted:
            offered.append("STARTTLS")
        elif self.state.username is not None:
            offered.append("AUTH PLAIN LOGIN")
        lines = ["stand-in.example", *offered]
        return [f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines]

    async def _on_starttls(self, _: str) -> None:
        assert self.state.certificate is not None
        if await self._reply(SmtpFaultStage.STARTTLS, "220 2.0.0 Go ahead"):
            await self.writer.start_tls(self.state.certificate.server_context())
            self.encrypted = True

    async def _on_auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            user = base64.b64decode(initial).decode()
            await self._send_lines("334 UGFzc3dvcmQ6")
            password = base64.b64decode((await self.reader.readuntil(b"\r\n"))[:-2]).decode()
        right = (user, password) == (self.state.username, self.state.password)
        answer = "235 2.7.0 Welcome" if right else "535 5.7.8 Authentication credentials invalid"
        if await self._reply(SmtpFaultStage.AUTH, answer) and right:
            self.user = user

    async def _on_mail(self, rest: str) -> None:
        if self.state.username is not None and self.user is None:
            await self._send_lines("530 5.7.0 Authentication required")
        elif self.sender is not None:
            await self._send_lines("503 5.5.1 Nested MAIL command")
        elif not rest.upper().startswith("FROM:<") or ">" not in rest:
            await self._send_lines("501 5.5.4 Syntax: MAIL FROM:<address>")
        elif await self._reply(SmtpFaultStage.MAIL, "250 2.1.0 Ok"):
            address, _, options = rest[len("FROM:<") :].partition(">")
            self.sender, self.options = address, tuple(options.split())

    async def _on_rcpt(self, rest: str) -> None:
        if self.sender is None:
            await self._send_lines("503 5.5.1 Need MAIL first")
        elif not rest.upper().startswith("TO:<") or not rest.endswith(">") or "@" not in rest:
            await self._send_lines("501 5.1.3 Bad recipient address syntax")
        else:
            address = rest[len("TO:<") : -1]
            if await self._reply(SmtpFaultStage.RCPT, "250 2.1.5 Ok", to=(address,)):
                self.recipients.append(address)

    async def _on_data(self, _: str) -> None:
        if not self.recipients:
            await self._send_lines("554 5.5.1 No valid recipients")
            return
        to = tuple(self.recipients)
        if not await self._reply(SmtpFaultStage.DATA, "354 End data with <CR><LF>.<CR><LF>", to=to):
            self._reset_transaction()
            return
        if (fault := self.state.faults.take(SmtpFaultStage.BODY, self.number, to)) is not None:
            await self.reader.read(64)
            if isinstance(fault, RawReply):
                await self._send(fault.raw)
            # Nobody reads, so that what the client goes on sending gets stuck.
            transport = self.writer.transport
            assert isinstance(transport, asyncio.Transport)
            transport.pause_reading()
            await self._delay_or_drop(fault)
            transport.resume_reading()
        stuffed = await self.reader.readuntil(b"\r\n.\r\n")
        await self._finish_message(_unstuff_dots(stuffed), to)

    async def _finish_message(self, raw: bytes, to: tuple[str, ...]) -> None:
        fault = self.state.faults.take(SmtpFaultStage.END, self.number, to)
        stored = _is_stored(fault)
        mail = ReceivedMail(
            sender=self.sender or "",
            recipients=to,
            raw=raw,
            at=time.time(),
            connection=self.number,
            options=self.options,
            encrypted=self.encrypted,
            user=self.user,
            bare_line_ends=raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
        )
        if stored:
            self.state.messages.append(mail)
        for address in to:
            note = "" if fault is None else fault.wire_note
            self.state.wire.add(kind="mail", to=address, text=_message_id(raw), accepted=stored, note=note)
        self._reset_transaction()
        await self._apply_fault(fault, f"250 2.0.0 Ok: queued as {len(self.state.messages):06d}")
        if (after := self.state.faults.take(SmtpFaultStage.AFTER_END, self.number, to)) is not None:
            await self._delay_or_drop(after)

    def _reset_transaction(self) -> None:
        self.sender, self.options, self.recipients = None, (), []

    async def _reply(self, stage: SmtpFaultStage, *usual: str, to: tuple[str, ...] = ()) -> bool:
        """Answer, and tell whether the answer was the usual one."""
        fault = self.state.faults.take(stage, self.number, to)
        await self._apply_fault(fault, *usual)
        return not isinstance(fault, RawReply | DropConnection)

    async def _apply_fault(self, fault: SmtpFault | None, *usual: str) -> None:
        match fault:
            case RawReply(raw=raw):
                await self._send(raw)
                if raw.startswith(b"421"):
                    self.writer.close()
            case TrickleReply(seconds=seconds):
                for byte in "\r\n".join([*usual, ""]).encode():
                    await self._send(bytes([byte]))
                    await asyncio.sleep(seconds)
            case _:
                if fault is not None:
                    await self._delay_or_drop(fault)
                await self._send_lines(*usual)

    async def _delay_or_drop(self, fault: SmtpFault) -> None:
        if isinstance(fault, DelayReply):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, DropConnection):
            raise ConnectionAbortedError

    async def _send_lines(self, *lines: str) -> None:
        await self._send("\r\n".join([*lines, ""]).encode())

    async def _send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()


def _unstuff_dots(stuffed: bytes) -> bytes:
    body = b"\r\n" + stuffed[: -len(b".\r\n")]
    return body.replace(b"\r\n..", b"\r\n.")[2:]


def _message_id(raw: bytes) -> str:
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.lower().startswith(b"message-id:"):
            return line.partition(b":")[2].strip().decode("utf-8", "replace")
    return ""


def _is_stored(fault: SmtpFault | None) -> bool:
    match fault:
        case RawReply():
            return fault.is_positive
        case DropConnection():
            return fault.stored
        case _:
            return True
