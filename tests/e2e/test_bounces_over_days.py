"""The whole program: what it mails comes back, day after day, until the address is written to no more."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import EndpointState, Target
from digest.model.clock import system_clock
from digest.storage import open_store
from tests.mail.bounces.sample_mails import ANN_ADDRESS, OriginalMail, delivery_report
from tests.support.program import run_bot, running_service
from tests.support.smtp_server import SmtpServer

SEED = Path("seeds/2026-01-24.md").read_text(encoding="utf-8")


@pytest.fixture
def settings(tmp_path: Path, mail: SmtpServer) -> Mapping[str, str]:
    """Return settings with a mail server and a folder where its mail comes back."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "box").mkdir()
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "REPORTS_DIR": str(tmp_path / "reports"),
        "MAIL_DIR": str(tmp_path / "out"),
        **mail.settings,
        "MAIL_FROM": "Paper Digest <digest@example.org>",
        "BOUNCE_ADDRESS": "bounces@example.org",
        "BOUNCE_DIR": str(tmp_path / "box"),
    }


async def state_of_ann(settings: Mapping[str, str]) -> EndpointState:
    """Return the state of Ann's address."""
    store = await open_store(settings["DATABASE_URL"], system_clock)
    reader = await store.subscribers.find_profile(Target.email(ANN_ADDRESS))
    await store.close()
    assert reader is not None
    return reader.endpoints[0].state


async def test_an_address_that_bounces_on_three_days_is_written_to_no_more(
    settings: Mapping[str, str], mail: SmtpServer, tmp_path: Path
) -> None:
    await run_bot("subscribers", "add", "--email", ANN_ADDRESS, "--at", "08:00", settings=settings)
    states, errors = [], ""

    for number in range(1, 6):
        day = system_clock().date() + timedelta(days=number)
        text = SEED.replace("2026-01-24", f"{day}").replace("2601.", f"25{number:02}.")
        (tmp_path / "reports" / f"{day}.md").write_text(text, encoding="utf-8")
        ended = await run_bot("tick", "--at", f"{day}T09:00:00Z", settings=settings)
        errors += ended.stderr
        states.append(await state_of_ann(settings))
        back = OriginalMail(sender=mail.messages[-1].sender, to=ANN_ADDRESS)
        raw = delivery_report(back, diagnostic=f"smtp; 550 <{ANN_ADDRESS}> unknown, day {number}")
        (tmp_path / "box" / f"{day}.eml").write_bytes(raw)

    assert states == [EndpointState.ACTIVE] * 3 + [EndpointState.SUPPRESSED] * 2
    assert len(mail.messages) == 3
    assert len({one.sender for one in mail.messages}) == 3
    assert all(one.sender.startswith("bounces+d") for one in mail.messages)
    assert ANN_ADDRESS not in errors
    assert "why=5.1.1 550 <a…@example.net> unknown" in errors.replace("'", "")


async def test_the_service_reads_the_mailbox_and_stops_at_once(settings: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "box" / "1.eml").write_bytes(delivery_report())

    async with running_service(settings) as service:
        await service.wait_for_log("mail came back")
        await service.wait_for_log("returns: read")
        started = time.monotonic()
        code = await service.stop()

    assert code == 0
    assert time.monotonic() - started < 30
    assert (tmp_path / "box" / "done" / "1.eml").exists()


async def test_a_silent_imap_server_holds_up_no_stop(settings: Mapping[str, str]) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    silent = await asyncio.start_server(accept, "127.0.0.1", 0)
    imap = {
        "BOUNCE_IMAP_HOST": "127.0.0.1",
        "BOUNCE_IMAP_PORT": str(silent.sockets[0].getsockname()[1]),
        "BOUNCE_IMAP_SECURITY": "none",
        "BOUNCE_IMAP_USERNAME": "bounces",
        "BOUNCE_IMAP_PASSWORD": "geheim",
    }

    async with running_service({**settings, **imap}) as service:
        async with asyncio.timeout(120):
            while not writers:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.05)
        started = time.monotonic()
        code = await service.stop()

    assert code == 0
    assert time.monotonic() - started < 30
    assert "geheim" not in "".join(service.log_lines)
    for writer in writers:
        writer.close()
    silent.close()
