"""Rounds through the mailboxes: what is read, what is marked, what an admin hears."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from digest.app.bounce_poller import BouncePoller, build_bounce_poller
from digest.app.container import open_container
from digest.app.settings import Settings
from digest.mail.mailbox import Mailbox, MailboxSession
from digest.mail.mailbox.imap import ImapAccount, ImapMailbox
from digest.mail.mailbox.maildir import MaildirMailbox
from digest.model import Announcement, Channel, EndpointState, Target
from digest.model.clock import FixedClock
from digest.model.errors import InvalidSettings, StoreError
from digest.services.admin_alerts import AlertService
from digest.services.bounces import BounceRecord, Consequence, RecordResult
from digest.storage import Store
from digest.storage.bounces import SqlBounces
from tests.mail.bounces import sample_mails
from tests.mail.bounces.sample_mails import ANN_ADDRESS, delivery_report, plain_mail
from tests.services.bounce_scenario import BounceScenario, write_mails
from tests.support.certificate import Certificate
from tests.support.database import subscription_service
from tests.support.imap_server import PASSWORD, imap_server

ADMIN = Target.telegram(9001)


def build_poller(bounce_scenario: BounceScenario, *mailboxes: Mailbox) -> BouncePoller:
    """Return what reads mailboxes, and tells one admin."""
    alerts = AlertService(store=bounce_scenario.store.admin_alerts, admins=[ADMIN], clock=bounce_scenario.clock)
    return BouncePoller(
        bounces=bounce_scenario.returns,
        mailboxes=mailboxes,
        admin_alerts=alerts,
        clock=bounce_scenario.clock,
        interval=0.05,
    )


def folder_mailbox(root: Path) -> MaildirMailbox:
    """Return a folder whose files settle at once."""
    return MaildirMailbox(root=root, stable_seconds=0.01)


async def wait_for_file(path: Path) -> None:
    """Wait until a file is there."""
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110, ASYNC240 - the file system tells nobody
            await asyncio.sleep(0.05)


async def pending_alerts(store: Store, clock: FixedClock) -> list[str]:
    """Return what waits for the admin."""
    due = await store.outbox.claim(Channel.TELEGRAM, "a test", due_at=clock(), now=clock(), until=clock(), limit=9)
    await store.outbox.release("a test")
    return [one.content.text for one in due if one.target == ADMIN and isinstance(one.content, Announcement)]


async def test_a_round_takes_everything_and_the_next_finds_nothing(
    bounce_scenario: BounceScenario, tmp_path: Path
) -> None:
    kinds = (delivery_report, sample_mails.exim_report, sample_mails.qmail_report, sample_mails.exchange_report)
    write_mails(tmp_path / "box", *(kind(bounce_scenario.original) for kind in kinds), plain_mail(subject="hello"))
    rounds = build_poller(bounce_scenario, folder_mailbox(tmp_path / "box"))

    with capture_logs() as logs:
        whole = await rounds.poll_once()
        await rounds.poll_once()

    assert whole
    assert await bounce_scenario.load_score() == 1
    assert [verdict for _, verdict, _ in await bounce_scenario.load_bounces()].count("failed") == 4
    assert [one for one in logs if one["event"] == "returns: read"] == [
        {"event": "returns: read", "log_level": "info", "mailbox": str(tmp_path / "box"), "failed": 4, "unknown": 1}
    ]


async def test_no_log_line_names_an_address(bounce_scenario: BounceScenario, tmp_path: Path) -> None:
    write_mails(
        tmp_path / "box",
        delivery_report(bounce_scenario.original, diagnostic=f"smtp; 550 <{ANN_ADDRESS}> is not here"),
        sample_mails.qmail_report(),
        plain_mail(subject="unsubscribe", sender=ANN_ADDRESS),
        delivery_report(diagnostic=f"smtp; 550 {ANN_ADDRESS}"),
    )

    with capture_logs() as logs:
        await build_poller(bounce_scenario, folder_mailbox(tmp_path / "box")).poll_once()

    assert len(logs) == 5
    assert ANN_ADDRESS not in repr(logs)
    assert "ann" not in repr(logs)


async def test_who_asks_to_leave_without_a_key_is_put_aside_and_an_admin_hears_of_it(
    bounce_scenario: BounceScenario, tmp_path: Path
) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).get_or_create(ADMIN)
    write_mails(tmp_path / "box", plain_mail(subject="unsubscribe", sender=ANN_ADDRESS))

    await build_poller(bounce_scenario, folder_mailbox(tmp_path / "box")).poll_once()

    assert (tmp_path / "box" / "attention" / "00000.eml").exists()
    assert await pending_alerts(bounce_scenario.store, bounce_scenario.clock) == [
        "1 mail at BOUNCE_ADDRESS asks to unsubscribe, and does not say whom. It is flagged."
    ]


def blocked_report(bounce_scenario: BounceScenario, number: int) -> bytes:
    """Return a report of a server that blocks ours."""
    return delivery_report(
        bounce_scenario.original,
        status="5.7.1",
        diagnostic=f"smtp; 550 5.7.1 <{ANN_ADDRESS}> client {number} is blocked",
    )


async def test_an_admin_hears_once_an_hour_of_what_speaks_of_our_server(
    bounce_scenario: BounceScenario, tmp_path: Path
) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).get_or_create(ADMIN)
    box, said = tmp_path / "box", "550 5.7.1 <a…@example.net> client {} is blocked"
    write_mails(
        box,
        blocked_report(bounce_scenario, 1),
        blocked_report(bounce_scenario, 2),
        delivery_report(bounce_scenario.original),
    )

    with capture_logs() as logs:
        await build_poller(bounce_scenario, folder_mailbox(box)).poll_once()
        write_mails(box, blocked_report(bounce_scenario, 3))
        await build_poller(bounce_scenario, folder_mailbox(box)).poll_once()
        bounce_scenario.clock.advance(timedelta(minutes=61))
        write_mails(box, blocked_report(bounce_scenario, 4))
        await build_poller(bounce_scenario, folder_mailbox(box)).poll_once()

    assert sorted(await pending_alerts(bounce_scenario.store, bounce_scenario.clock)) == [
        f"1 mail came back for a reason that is not its reader's: {said.format(4)}",
        f"2 mails came back for reasons that are not their readers', the first: {said.format(1)}",
    ]
    assert ANN_ADDRESS not in repr(logs)


async def test_a_mail_that_lies_there_twice_is_told_once(bounce_scenario: BounceScenario, tmp_path: Path) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).get_or_create(ADMIN)
    box = tmp_path / "box"
    for _ in range(2):
        write_mails(box, blocked_report(bounce_scenario, 1))
        await build_poller(bounce_scenario, folder_mailbox(box)).poll_once()
        bounce_scenario.clock.advance(timedelta(hours=2))

    assert len(await pending_alerts(bounce_scenario.store, bounce_scenario.clock)) == 1


async def test_what_shows_no_key_is_not_passed_on_to_admins(bounce_scenario: BounceScenario, tmp_path: Path) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).get_or_create(ADMIN)
    write_mails(
        tmp_path / "box", delivery_report(status="5.7.1", diagnostic="smtp; 550 5.7.1 call 555-0100 to be unblocked")
    )

    await build_poller(bounce_scenario, folder_mailbox(tmp_path / "box")).poll_once()

    assert await pending_alerts(bounce_scenario.store, bounce_scenario.clock) == []


class FailingBounceStore(SqlBounces):
    """A store that is away for whatever says these words."""

    async def save_record(self, record: BounceRecord, consequence: Consequence, at: datetime) -> RecordResult:
        """Keep what does not say them."""
        if "away" in record.detail:
            raise StoreError("database: locked")
        return await super().save_record(record, consequence, at)


async def test_what_the_store_did_not_take_is_not_marked(bounce_scenario: BounceScenario, tmp_path: Path) -> None:
    box = tmp_path / "box"
    write_mails(
        box,
        delivery_report(bounce_scenario.original),
        delivery_report(bounce_scenario.original, diagnostic="smtp; 550 away"),
        sample_mails.exim_report(bounce_scenario.original),
    )
    rounds = build_poller(bounce_scenario, folder_mailbox(box))
    rounds.bounces = replace(bounce_scenario.returns, store=FailingBounceStore(bounce_scenario.store.database))

    whole = await rounds.poll_once()

    assert not whole
    assert [path.name for path in box.glob("*.eml")] == ["00001.eml"]
    assert sorted(path.name for path in (box / "done").iterdir()) == ["00000.eml", "00002.eml"]
    rounds.bounces = bounce_scenario.returns
    assert await rounds.poll_once()
    assert not list(box.glob("*.eml"))


async def test_a_mailbox_that_is_away_does_not_keep_the_others_unread(
    bounce_scenario: BounceScenario, tmp_path: Path
) -> None:
    write_mails(tmp_path / "box", delivery_report(bounce_scenario.original))

    whole = await build_poller(
        bounce_scenario, folder_mailbox(tmp_path / "nowhere"), folder_mailbox(tmp_path / "box")
    ).poll_once()

    assert not whole
    assert await bounce_scenario.load_score() == 1


async def test_an_admin_hears_of_a_mailbox_that_stays_away_for_an_hour(
    bounce_scenario: BounceScenario, tmp_path: Path
) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).get_or_create(ADMIN)
    rounds = build_poller(bounce_scenario, folder_mailbox(tmp_path / "nowhere"))

    await rounds.poll_once()
    bounce_scenario.clock.advance(timedelta(minutes=59))
    await rounds.poll_once()
    early = await pending_alerts(bounce_scenario.store, bounce_scenario.clock)
    bounce_scenario.clock.advance(timedelta(minutes=1))
    await rounds.poll_once()

    (line,) = await pending_alerts(bounce_scenario.store, bounce_scenario.clock)
    assert early == []
    assert line.startswith("Mail that came back is not read: BOUNCE_DIR=")


async def test_the_rounds_go_on_and_stop_at_once(bounce_scenario: BounceScenario, tmp_path: Path) -> None:
    box = tmp_path / "box"
    rounds = build_poller(bounce_scenario, folder_mailbox(box))
    running = asyncio.create_task(rounds.run())
    await asyncio.sleep(0.2)

    write_mails(box, delivery_report(bounce_scenario.original))
    await wait_for_file(box / "done" / "00000.eml")
    running.cancel()
    await asyncio.wait([running])

    assert await bounce_scenario.load_score() == 1


class FailingMailbox:
    """A mailbox that raises what nobody thought of, once."""

    def __init__(self, then: Mailbox) -> None:
        self._then = then
        self._raised = False

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator[MailboxSession]:
        """Surprise once, then be the other mailbox."""
        if not self._raised:
            self._raised = True
            raise KeyError("surprise")
        async with self._then.open_session() as visit:
            yield visit


async def test_a_surprise_does_not_end_the_rounds(bounce_scenario: BounceScenario, tmp_path: Path) -> None:
    write_mails(tmp_path / "box", delivery_report(bounce_scenario.original))
    running = asyncio.create_task(build_poller(bounce_scenario, FailingMailbox(folder_mailbox(tmp_path / "box"))).run())

    await wait_for_file(tmp_path / "box" / "done" / "00000.eml")
    running.cancel()
    await asyncio.wait([running])

    assert await bounce_scenario.load_score() == 1


async def test_over_imap_a_dead_address_stops_on_the_third_day(
    bounce_scenario: BounceScenario, certificate: Certificate
) -> None:
    with imap_server(certificate) as server:
        account = ImapAccount(
            host="127.0.0.1",
            port=server.tls_port,
            security="tls",
            username="bounces",
            password=PASSWORD,
            context=certificate.client_context(),
        )
        rounds = build_poller(bounce_scenario, ImapMailbox(account=account, timeout=10))
        for day in range(3):
            server.deliver(delivery_report(bounce_scenario.original, diagnostic=f"smtp; 550 day {day}"), name=f"{day}")
            assert await rounds.poll_once()
            bounce_scenario.advance_day()

        assert set(server.flags().values()) == {"S"}
    assert await bounce_scenario.load_state() is EndpointState.SUPPRESSED
    assert len(await bounce_scenario.pending_notices()) == 1


async def test_the_settings_say_what_is_read(tmp_path: Path) -> None:
    values = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}",
        "BOUNCE_ADDRESS": "bounces@example.org",
        "BOUNCE_DIR": str(tmp_path),
        "BOUNCE_IMAP_HOST": "imap.example.org",
        "BOUNCE_IMAP_USERNAME": "bounces",
        "BOUNCE_IMAP_PASSWORD": "geheim",
    }
    clock = FixedClock(datetime.fromisoformat("2026-01-24T08:00:00+00:00"))

    async with open_container(Settings.load(values), clock) as core:
        found = build_bounce_poller(core)
        none = build_bounce_poller(replace(core, settings=Settings.load({}), verp=None))

    assert found is not None
    assert [str(one) for one in found.mailboxes] == [str(tmp_path), "IMAP imap.example.org:993"]
    assert found.bounces.threshold == 3.0
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
    clock = FixedClock(datetime.fromisoformat("2026-01-24T08:00:00+00:00"))

    async with open_container(Settings.load(values), clock) as core:
        with pytest.raises(InvalidSettings, match="BOUNCE_IMAP_CA_FILE"):
            build_bounce_poller(core)
