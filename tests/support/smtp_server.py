"""An SMTP server on loopback: strict, keeping every message, scriptable at each stage.

::

    async with MailServer() as mail:
        mail.answer(MailStage.RCPT, 550, "5.1.1", "No such user", to="gone@example.org")
        ...  # send to 127.0.0.1:mail.port
        assert mail.messages[0].recipients == ("ada@example.org",)
"""

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.mail.smtp_connect import SmtpAccount, SmtpSecurity
from tests.support.certificate import Certificate, loopback_certificate
from tests.support.fault_plan import PlannedFault
from tests.support.smtp_faults import RawReply, SmtpFault, SmtpFaultStage, SmtpPoint
from tests.support.smtp_session import ReceivedMail, SmtpServerState, SmtpSession
from tests.support.wire_log import WireLog

EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


class SmtpServer:
    """One server; ``messages`` are those it took responsibility for.

    It offers STARTTLS unless told otherwise, as the program uses it unless told otherwise.
    """

    def __init__(
        self,
        *,
        security: SmtpSecurity = "starttls",
        certificate: Certificate | None = None,
        username: str | None = None,
        password: str | None = None,
        extensions: tuple[str, ...] = EXTENSIONS,
        wire_file: Path | None = None,
    ) -> None:
        self.security: SmtpSecurity = security
        self.certificate = certificate = certificate or loopback_certificate()
        self.state = SmtpServerState(
            certificate, username, password, extensions, security == "starttls", WireLog(file=wire_file)
        )
        self.connection_count = 0
        self.open_connections = 0
        self.max_open_connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._session_tasks: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> str:
        """Name for which the certificate is good."""
        return "127.0.0.1"

    @property
    def messages(self) -> list[ReceivedMail]:
        """What the server took responsibility for, in order."""
        return self.state.messages

    @property
    def commands(self) -> list[str]:
        """Every command that came, without what AUTH said."""
        return self.state.commands

    @property
    def wire(self) -> WireLog:
        """What reached the server, written before it answered."""
        return self.state.wire

    @property
    def account(self) -> SmtpAccount:
        """How a client that trusts the server reaches it."""
        return SmtpAccount(
            host=self.host,
            port=self.port,
            security=self.security,
            username=self.state.username,
            password=self.state.password,
            tls_context=None if self.security == "none" else self.certificate.client_context(),
        )

    @property
    def settings(self) -> dict[str, str]:
        """What an operator writes into ``.env`` to use this server; what is the default is left out."""
        found = {"SMTP_HOST": self.host, "SMTP_PORT": str(self.port), "SMTP_CA_FILE": str(self.certificate.file)}
        if self.security != "starttls":
            found["SMTP_SECURITY"] = self.security
        if self.state.username and self.state.password:
            found |= {"SMTP_USERNAME": self.state.username, "SMTP_PASSWORD": self.state.password}
        return found

    def messages_per_connection(self) -> list[int]:
        """Count the messages of each connection, in the order of connecting."""
        counts = [0] * self.connection_count
        for message in self.state.messages:
            counts[message.connection - 1] += 1
        return counts

    def plan_reply(  # the words of an SMTP reply, one by one
        self,
        stage: SmtpFaultStage,
        code: int,
        enhanced: str = "",
        text: str = "as ordered",
        *,
        to: str | None = None,
        connection: int | None = None,
        times: int | None = 1,
    ) -> PlannedFault[SmtpPoint, SmtpFault]:
        """Answer with this reply at ``stage``, for one recipient or on one connection."""
        words = " ".join(word for word in (str(code), enhanced, text) if word)
        fault = RawReply(raw=words.encode() + b"\r\n")
        return self.plan_fault(stage, fault, to=to, connection=connection, times=times)

    def plan_fault(
        self,
        stage: SmtpFaultStage,
        fault: SmtpFault,
        *,
        to: str | None = None,
        connection: int | None = None,
        times: int | None = 1,
    ) -> PlannedFault[SmtpPoint, SmtpFault]:
        """Arrange any fault at ``stage``: for one recipient, on one connection, or, ``times`` None, for all.

        What was not met when the server closes fails the test.
        """
        return self.state.faults.add(stage, fault, to=to, connection=connection, times=times)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if error is None:
            self.state.faults.plan.assert_all_met()

    async def open(self) -> None:
        """Listen, on the port of last time if there was one."""
        context = self.certificate.server_context() if self.security == "tls" else None
        self._server = await asyncio.start_server(self._accept, self.host, self.port, ssl=context, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        lines = list(self._session_tasks)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._session_tasks.add(task)
        self.connection_count += 1
        self.open_connections += 1
        self.max_open_connections = max(self.max_open_connections, self.open_connections)
        try:
            await SmtpSession(self.state, reader, writer, self.connection_count, encrypted=self.security == "tls").run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open_connections -= 1
            self._session_tasks.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.transport.abort()
