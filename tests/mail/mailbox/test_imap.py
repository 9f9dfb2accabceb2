"""A mailbox read over IMAP, from a real Dovecot."""

import asyncio
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from digest.mail.mailbox import BATCH_SIZE, MAX_MAIL_SIZE, RawMail
from digest.mail.mailbox.imap import ImapAccount, ImapMailbox
from digest.model.errors import MailboxUnavailable
from tests.support.certificate import Certificate
from tests.support.imap_server import PASSWORD, ImapServer, imap_server


@pytest.fixture(scope="module")
def running_server(certificate: Certificate) -> Iterator[ImapServer]:
    """Return a server that is started once."""
    with imap_server(certificate) as running:
        yield running


@pytest.fixture
def server(running_server: ImapServer) -> ImapServer:
    """Return a server with an empty mailbox for this test alone."""
    return running_server.for_user(f"user{uuid4().hex}")


def make_mailbox(server: ImapServer, certificate: Certificate, **changes: Any) -> ImapMailbox:  # noqa: ANN401 - fields of an account
    """Return the mailbox over TLS, or with parts of its account otherwise."""
    account = ImapAccount(
        host="127.0.0.1",
        port=server.tls_port,
        security="tls",
        username=server.username,
        password=PASSWORD,
        context=certificate.client_context(),
    )
    return ImapMailbox(account=replace(account, **changes), timeout=10)


async def read_all(box: ImapMailbox, *, mark: bool = True, for_person: bool = False) -> list[RawMail]:
    """Read a mailbox to its end."""
    emails: list[RawMail] = []
    async with box.open_session() as session:
        while batch := await session.next_batch():
            assert len(batch) <= BATCH_SIZE
            emails += batch
            if mark:
                await session.mark_processed(batch, needs_review=for_person)
    return emails


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_what_is_unseen_is_read_and_then_seen(
    server: ImapServer, certificate: Certificate, security: str
) -> None:
    server.deliver(b"Subject: a\r\n\r\none\r\n", name="1")
    server.deliver(b"Subject: b\r\n\r\ntwo\r\n", name="2")
    port = server.tls_port if security == "tls" else server.plain_port
    box = make_mailbox(server, certificate, security=security, port=port)

    emails = await read_all(box)

    assert [one.raw for one in emails] == [b"Subject: a\r\n\r\none\r\n", b"Subject: b\r\n\r\ntwo\r\n"]
    assert server.flags() == {"1": "S", "2": "S"}
    assert await read_all(box) == []


async def test_what_is_not_marked_stays_unseen(server: ImapServer, certificate: Certificate) -> None:
    server.deliver(b"Subject: a\r\n\r\none\r\n", name="1")
    box = make_mailbox(server, certificate)

    await read_all(box, mark=False)

    assert server.flags() == {"1": ""}
    assert len(await read_all(box)) == 1


async def test_what_a_person_must_look_at_is_flagged(server: ImapServer, certificate: Certificate) -> None:
    server.deliver(b"Subject: a\r\n\r\none\r\n", name="1")

    await read_all(make_mailbox(server, certificate), for_person=True)

    assert server.flags() == {"1": "FS"}


async def test_what_somebody_else_deleted_stays_for_them_to_expunge(
    server: ImapServer, certificate: Certificate
) -> None:
    server.deliver(b"Subject: a\r\n\r\none\r\n", name="1")
    server.deliver(b"Subject: b\r\n\r\ntwo\r\n", name="2")
    box = make_mailbox(server, certificate)
    async with box.open_session() as session:
        emails = await session.next_batch()
        await asyncio.to_thread(session.box.client.uid, "STORE", "1", "+FLAGS", r"(\Deleted)")

        await session.mark_processed(emails)

    assert server.flags() == {"1": "ST", "2": "S"}


async def test_a_large_email_is_cut_and_an_odd_one_is_read(server: ImapServer, certificate: Certificate) -> None:
    server.deliver(b"Subject: a\r\n\r\n" + b"a" * 2 * MAX_MAIL_SIZE, name="1")
    server.deliver(b"", name="2")
    server.deliver(b"\0\xff\xfe)\r\n* BYE {5}\r\n" * 10, name="3")

    emails = await read_all(make_mailbox(server, certificate))

    assert len(emails[0].raw) == MAX_MAIL_SIZE
    assert len(emails) == 3
    assert server.flags() == {"1": "S", "2": "S", "3": "S"}


async def test_many_emails_take_little_memory(server: ImapServer, certificate: Certificate) -> None:
    for number in range(600):
        server.deliver(b"Subject: x\r\n\r\n" + b"x" * 40_000 + b"\r\n", name=f"{number:05}")
    count = 0

    tracemalloc.start()
    try:
        async with make_mailbox(server, certificate).open_session() as session:
            while batch := await session.next_batch():
                count += len(batch)
                await session.mark_processed(batch)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 600
    assert peak < 10_000_000, f"{peak} bytes at once, of 24 MB in all"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "wrong-word"}, "refuses the login; check BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD"),
        ({"folder": "Nowhere"}, "has no folder BOUNCE_IMAP_FOLDER=Nowhere"),
        ({"context": ssl.create_default_context()}, "no safe connection; check BOUNCE_IMAP_SECURITY"),
        ({"port": 1}, "cannot be read"),
        ({"host": "nowhere.invalid"}, "cannot be read"),
        ({"security": "starttls", "port": 993, "host": "127.0.0.1"}, "cannot be read"),
    ],
)
async def test_what_is_wrong_is_one_line_without_the_password(
    server: ImapServer, certificate: Certificate, changes: dict[str, Any], words: str
) -> None:
    box = make_mailbox(server, certificate, **changes)

    with pytest.raises(MailboxUnavailable) as told:
        await read_all(box)

    line = str(told.value)
    assert words in line
    assert "\n" not in line
    assert "wrong-word" not in line
    assert PASSWORD not in f"{line} {box!r}"


@asynccontextmanager
async def run_silent_server() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Listen, and say nothing; return the port, and what tells that somebody has connected."""
    writers: list[asyncio.StreamWriter] = []
    connected = asyncio.Event()

    async def ignore_client(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        connected.set()

    listening = await asyncio.start_server(ignore_client, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], connected
    finally:
        listening.close()
        for writer in writers:
            writer.close()


@pytest.mark.parametrize("security", ["tls", "none"])
async def test_a_server_that_says_nothing_is_away_after_a_while(security: str, certificate: Certificate) -> None:
    async with run_silent_server() as (port, _):
        account = ImapAccount(
            host="127.0.0.1",
            port=port,
            security="tls" if security == "tls" else "none",
            username="u",
            password="p",
            context=certificate.client_context(),
        )

        with pytest.raises(MailboxUnavailable, match=r"127\.0\.0\.1"):
            await read_all(ImapMailbox(account=account, timeout=0.3))


async def test_who_stops_does_not_wait_for_a_silent_server() -> None:
    async with run_silent_server() as (port, connected):
        account = ImapAccount(host="127.0.0.1", port=port, security="none", username="u", password="p")
        reading = asyncio.create_task(read_all(ImapMailbox(account=account, timeout=60)))
        await connected.wait()

        reading.cancel()
        done, _ = await asyncio.wait([reading], timeout=30)

        assert done == {reading}


async def test_who_stops_in_the_middle_closes_the_connection(server: ImapServer, certificate: Certificate) -> None:
    server.deliver(b"Subject: a\r\n\r\none\r\n", name="1")
    inside = asyncio.Event()

    async def stay() -> None:
        async with make_mailbox(server, certificate).open_session() as session:
            await session.next_batch()
            inside.set()
            await asyncio.Event().wait()

    reading = asyncio.create_task(stay())
    await inside.wait()

    reading.cancel()
    await asyncio.wait([reading])

    assert server.flags() == {"1": ""}
