"""A DNS server on loopback, over UDP: it knows what a test tells it, and fails as ordered.

::

    async with DnsServer() as dns:
        dns.add("example.org", "TXT", "v=spf1 -all")
        dns.drop_queries("slow.example.org")
        ...  # ask 127.0.0.1:dns.port
"""

import asyncio
import socket
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rdatatype import RdataType

NO_RESPONSE = "silent"


class DnsServer:
    """Answers NXDOMAIN for names it was not told of, and nothing for a known name without that record."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, str]] = []
        self.question_received = asyncio.Event()
        self.port = 0
        self._records: dict[tuple[dns.name.Name, RdataType], list[str]] = {}
        self._faults: dict[dns.name.Name, str] = {}

    @property
    def address(self) -> tuple[str, int]:
        """Where it is asked."""
        return "127.0.0.1", self.port

    def add(self, name: str, kind: str, *values: str) -> None:
        """Tell it of records; a TXT value is the text itself."""
        key = dns.name.from_text(name), dns.rdatatype.from_text(kind)
        texts = [_quote_txt(value) for value in values] if kind == "TXT" else list(values)
        self._records.setdefault(key, []).extend(texts)

    def replace(self, name: str, kind: str, *values: str) -> None:
        """Tell it of these records instead of those of before."""
        self._records.pop((dns.name.from_text(name), dns.rdatatype.from_text(kind)), None)
        if values:
            self.add(name, kind, *values)

    def fail(self, name: str, code: str = "SERVFAIL") -> None:
        """Answer with this code for a name and everything below it."""
        self._faults[dns.name.from_text(name)] = code

    def drop_queries(self, name: str = ".") -> None:
        """Say nothing for a name and everything below it."""
        self._faults[dns.name.from_text(name)] = NO_RESPONSE

    async def __aenter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self.port = self._socket.getsockname()[1]
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._socket.close()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data, sender = await loop.sock_recvfrom(self._socket, 65_535)
            if (answer := self.answer(data)) is not None:
                await loop.sock_sendto(self._socket, answer, sender)

    def answer(self, data: bytes) -> bytes | None:
        """Return the answer to one question, None for silence."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        self.questions.append((question.name.to_text(), dns.rdatatype.to_text(question.rdtype)))
        self.question_received.set()
        reply = dns.message.make_response(query, recursion_available=True)
        ordered = [name for name in self._faults if question.name.is_subdomain(name)]
        fault = self._faults[max(ordered, key=len)] if ordered else None
        if fault == NO_RESPONSE:
            return None
        if fault is not None:
            reply.set_rcode(dns.rcode.from_text(fault))
        elif found := self._records.get((question.name, question.rdtype)):
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype, found))
        elif not any(name.is_subdomain(question.name) for name, _ in self._records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire(max_size=65_000)


def _quote_txt(text: str) -> str:
    """Return a text as strings of at most 255 characters."""
    parts = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
    return " ".join('"' + part.replace("\\", r"\\").replace('"', r"\"") + '"' for part in parts)
