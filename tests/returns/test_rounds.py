"""Rounds through the mailboxes: what is read, what is marked, what an admin hears."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from digest.alerts import Alerts
from digest.app.core import opened
from digest.app.returns import Reading, reading_of
from digest.clock import SetClock
from digest.errors import BadSettings, StoreError
from digest.model import Announcement, Channel, EndpointState, Target
from digest.returns import Consequence, Kept, Note
from digest.settings import Settings
from digest.source.imap import ImapAccount, ImapMailbox
from digest.source.mail_folder import MailFolder
from digest.source.mailbox import Mailbox, Visit
from digest.store import Store
from digest.store.returns import StoredReturns
from tests.bounces import mails
from tests.bounces.mails import ANN, letter, report
from tests.returns.household import Household, lies_in
from tests.support.certificate import Certificate
from tests.support.imap_server import PASSWORD, imap_server
from tests.support.stores import membership_on

ADMIN = Target.telegram(9001)


def reading(home: Household, *mailboxes: Mailbox) -> Reading:
    """Give what reads mailboxes, and tells one admin."""
    alerts = Alerts(book=home.store.alerts, admins=[ADMIN], clock=home.clock)
    return Reading(returns=home.returns, mailboxes=mailboxes, alerts=alerts, clock=home.clock, every=0.05)


def at(root: Path) -> MailFolder:
    """Give a folder whose files settle at once."""
    return MailFolder(root=root, settling=0.01)


async def appears(path: Path) -> None:
    """Wait until a file is there."""
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110, ASYNC240 - the file system tells nobody
            await asyncio.sleep(0.05)


async def told(store: Store, clock: SetClock) -> list[str]:
    """Give what waits for the admin."""
    due = await store.outbox.claim(
        Channel.TELEGRAM, "a test", due=clock(), now=clock(), until=clock(), most=9
    )
    await store.outbox.release("a test")
    return [one.content.text for one in due if one.target == ADMIN and isinstance(one.content, Announcement)]


async def test_a_round_takes_everything_and_the_next_finds_nothing(home: Household, tmp_path: Path) -> None:
    kinds = (report, mails.exim, mails.qmail, mails.exchange)
    lies_in(tmp_path / "box", *(kind(home.sent) for kind in kinds), letter(subject="hello"))
    rounds = reading(home, at(tmp_path / "box"))

    with capture_logs() as logs:
        whole = await rounds.once()
        await rounds.once()

    assert whole
    assert await home.score() == 1
    assert [verdict for _, verdict, _ in await home.noted()].count("failed") == 4
    assert [one for one in logs if one["event"] == "returns: read"] == [
        {
            "event": "returns: read",
            "log_level": "info",
            "mailbox": str(tmp_path / "box"),
            "failed": 4,
            "unknown": 1,
        }
    ]


async def test_no_log_line_names_an_address(home: Household, tmp_path: Path) -> None:
    lies_in(
        tmp_path / "box",
        report(home.sent, said=f"smtp; 550 <{ANN}> is not here"),
        mails.qmail(),
        letter(subject="unsubscribe", sender=ANN),
        report(said=f"smtp; 550 {ANN}"),
    )

    with capture_logs() as logs:
        await reading(home, at(tmp_path / "box")).once()

    assert len(logs) == 5
    assert ANN not in repr(logs)
    assert "ann" not in repr(logs)


async def test_who_asks_to_leave_without_a_key_is_put_aside_and_an_admin_hears_of_it(
    home: Household, tmp_path: Path
) -> None:
    await membership_on(home.store, home.clock).join(ADMIN)
    lies_in(tmp_path / "box", letter(subject="unsubscribe", sender=ANN))

    await reading(home, at(tmp_path / "box")).once()

    assert (tmp_path / "box" / "attention" / "00000.eml").exists()
    assert await told(home.store, home.clock) == [
        "1 mail at BOUNCE_ADDRESS asks to unsubscribe, and does not say whom. It is flagged."
    ]


def blocked(home: Household, number: int) -> bytes:
    """Give a report of a server that blocks ours."""
    return report(home.sent, status="5.7.1", said=f"smtp; 550 5.7.1 <{ANN}> client {number} is blocked")


async def test_an_admin_hears_once_an_hour_of_what_speaks_of_our_server(
    home: Household, tmp_path: Path
) -> None:
    await membership_on(home.store, home.clock).join(ADMIN)
    box, said = tmp_path / "box", "550 5.7.1 <a…@example.net> client {} is blocked"
    lies_in(box, blocked(home, 1), blocked(home, 2), report(home.sent))

    with capture_logs() as logs:
        await reading(home, at(box)).once()
        lies_in(box, blocked(home, 3))
        await reading(home, at(box)).once()
        home.clock.forward(timedelta(minutes=61))
        lies_in(box, blocked(home, 4))
        await reading(home, at(box)).once()

    assert sorted(await told(home.store, home.clock)) == [
        f"1 mail came back for a reason that is not its reader's: {said.format(4)}",
        f"2 mails came back for reasons that are not their readers', the first: {said.format(1)}",
    ]
    assert ANN not in repr(logs)


async def test_a_mail_that_lies_there_twice_is_told_once(home: Household, tmp_path: Path) -> None:
    await membership_on(home.store, home.clock).join(ADMIN)
    box = tmp_path / "box"
    for _ in range(2):
        lies_in(box, blocked(home, 1))
        await reading(home, at(box)).once()
        home.clock.forward(timedelta(hours=2))

    assert len(await told(home.store, home.clock)) == 1


async def test_what_shows_no_key_is_not_passed_on_to_admins(home: Household, tmp_path: Path) -> None:
    await membership_on(home.store, home.clock).join(ADMIN)
    lies_in(tmp_path / "box", report(status="5.7.1", said="smtp; 550 5.7.1 call 555-0100 to be unblocked"))

    await reading(home, at(tmp_path / "box")).once()

    assert await told(home.store, home.clock) == []


class Failing(StoredReturns):
    """A store that is away for whatever says these words."""

    async def keep(self, note: Note, consequence: Consequence, at: datetime) -> Kept:
        """Keep what does not say them."""
        if "away" in note.detail:
            raise StoreError("database: locked")
        return await super().keep(note, consequence, at)


async def test_what_the_store_did_not_take_is_not_marked(home: Household, tmp_path: Path) -> None:
    box = tmp_path / "box"
    lies_in(box, report(home.sent), report(home.sent, said="smtp; 550 away"), mails.exim(home.sent))
    rounds = reading(home, at(box))
    rounds.returns = replace(home.returns, book=Failing(home.store.database))

    whole = await rounds.once()

    assert not whole
    assert [path.name for path in box.glob("*.eml")] == ["00001.eml"]
    assert sorted(path.name for path in (box / "done").iterdir()) == ["00000.eml", "00002.eml"]
    rounds.returns = home.returns
    assert await rounds.once()
    assert not list(box.glob("*.eml"))


async def test_a_mailbox_that_is_away_does_not_keep_the_others_unread(
    home: Household, tmp_path: Path
) -> None:
    lies_in(tmp_path / "box", report(home.sent))

    whole = await reading(home, at(tmp_path / "nowhere"), at(tmp_path / "box")).once()

    assert not whole
    assert await home.score() == 1


async def test_an_admin_hears_of_a_mailbox_that_stays_away_for_an_hour(
    home: Household, tmp_path: Path
) -> None:
    await membership_on(home.store, home.clock).join(ADMIN)
    rounds = reading(home, at(tmp_path / "nowhere"))

    await rounds.once()
    home.clock.forward(timedelta(minutes=59))
    await rounds.once()
    early = await told(home.store, home.clock)
    home.clock.forward(timedelta(minutes=1))
    await rounds.once()

    (line,) = await told(home.store, home.clock)
    assert early == []
    assert line.startswith("Mail that came back is not read: BOUNCE_DIR=")


async def test_the_rounds_go_on_and_stop_at_once(home: Household, tmp_path: Path) -> None:
    box = tmp_path / "box"
    rounds = reading(home, at(box))
    running = asyncio.create_task(rounds.run())
    await asyncio.sleep(0.2)

    lies_in(box, report(home.sent))
    await appears(box / "done" / "00000.eml")
    started = time.monotonic()
    running.cancel()
    await asyncio.wait([running])

    assert time.monotonic() - started < 5
    assert await home.score() == 1


class Surprising:
    """A mailbox that raises what nobody thought of, once."""

    def __init__(self, then: Mailbox) -> None:
        self._then = then
        self._raised = False

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[Visit]:
        """Surprise once, then be the other mailbox."""
        if not self._raised:
            self._raised = True
            raise KeyError("surprise")
        async with self._then.visit() as visit:
            yield visit


async def test_a_surprise_does_not_end_the_rounds(home: Household, tmp_path: Path) -> None:
    lies_in(tmp_path / "box", report(home.sent))
    running = asyncio.create_task(reading(home, Surprising(at(tmp_path / "box"))).run())

    await appears(tmp_path / "box" / "done" / "00000.eml")
    running.cancel()
    await asyncio.wait([running])

    assert await home.score() == 1


async def test_over_imap_a_dead_address_stops_on_the_third_day(
    home: Household, certificate: Certificate
) -> None:
    with imap_server(certificate) as server:
        account = ImapAccount(
            host="127.0.0.1",
            port=server.tls_port,
            security="tls",
            username="bounces",
            password=PASSWORD,
            context=certificate.for_client(),
        )
        rounds = reading(home, ImapMailbox(account=account, seconds=10))
        for day in range(3):
            server.deliver(report(home.sent, said=f"smtp; 550 day {day}"), name=f"{day}")
            assert await rounds.once()
            home.tomorrow()

        assert set(server.flags().values()) == {"S"}
    assert await home.state() is EndpointState.SUPPRESSED
    assert len(await home.told()) == 1


async def test_the_settings_say_what_is_read(tmp_path: Path) -> None:
    values = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
        "BOUNCE_ADDRESS": "bounces@example.org",
        "BOUNCE_DIR": str(tmp_path),
        "BOUNCE_IMAP_HOST": "imap.example.org",
        "BOUNCE_IMAP_USERNAME": "bounces",
        "BOUNCE_IMAP_PASSWORD": "geheim",
    }
    clock = SetClock(datetime.fromisoformat("2026-01-24T08:00:00+00:00"))

    async with opened(Settings.load(values), clock) as core:
        found = reading_of(core)
        none = reading_of(replace(core, settings=Settings.load({}), verp=None))

    assert found is not None
    assert [str(one) for one in found.mailboxes] == [str(tmp_path), "IMAP imap.example.org:993"]
    assert found.returns.threshold == 3.0
    assert "geheim" not in repr(found)
    assert none is None


async def test_an_authority_that_is_none_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    values = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
        "BOUNCE_ADDRESS": "bounces@example.org",
        "BOUNCE_IMAP_HOST": "imap.example.org",
        "BOUNCE_IMAP_USERNAME": "bounces",
        "BOUNCE_IMAP_PASSWORD": "geheim",
        "BOUNCE_IMAP_CA_FILE": str(file),
    }
    clock = SetClock(datetime.fromisoformat("2026-01-24T08:00:00+00:00"))

    async with opened(Settings.load(values), clock) as core:
        with pytest.raises(BadSettings, match="BOUNCE_IMAP_CA_FILE"):
            reading_of(core)
