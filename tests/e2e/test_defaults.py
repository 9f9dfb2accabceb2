"""What an operator gets who sets what the README says and leaves everything else at its default."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from digest.model import DeliveryState
from tests.e2e.environment import count_states, make_everybody_due, plain_text_of, wait_for_emails
from tests.support.child_process import ROOT, inherited_environment
from tests.support.smtp_server import SmtpServer

SUBSCRIBERS = 20
INSTALLED_PATHS = ("bot.py", "digest", "templates", "seeds", "pyproject.toml")


def create_installation(folder: Path, mail: SmtpServer) -> Path:
    """Make a folder as a clone is, with a ``.env`` of an operator who has a mail server with a login.

    The authority is that of the tests, and the port of the pages is free, since tests run side by side.
    """
    for name in INSTALLED_PATHS:
        (folder / name).symlink_to(ROOT / name)
    values = {**mail.settings, "MAIL_FROM": "Paper Digest <digest@example.org>", "WEB_PORT": "0"}
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return folder


async def start_program(folder: Path, *args: str) -> Process:
    """Start the program as a person does, in its folder."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "bot.py", *args, cwd=folder, env=inherited_environment(), stdout=PIPE, stderr=PIPE
    )


@asynccontextmanager
async def run_service(folder: Path) -> AsyncIterator[Process]:
    """Run the service until leaving."""
    running = await start_program(folder)
    listening = asyncio.create_task(running.communicate())
    try:
        yield running
    finally:
        if running.returncode is None:
            os.kill(running.pid, signal.SIGKILL)
        await listening


async def test_the_daily_email_arrives_with_nothing_but_default_settings(tmp_path: Path) -> None:
    async with SmtpServer(username="digest", password="a password") as mail:
        folder = create_installation(tmp_path, mail)
        people = folder / "people.csv"
        people.write_text("email\n" + "".join(f"reader{number}@example.org\n" for number in range(SUBSCRIBERS)))
        for words in (("ingest",), ("subscribers", "import", str(people))):
            command = await start_program(folder, *words)
            _, complaint = await command.communicate()
            assert command.returncode == 0, complaint.decode()
        database = {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/var/digest.db"}
        await make_everybody_due(database)

        async with run_service(folder) as running:
            digests = await wait_for_emails(mail, SUBSCRIBERS)
            running.send_signal(signal.SIGTERM)
            code = await running.wait()

        assert {message["To"] for message in digests} == {
            f"reader{number}@example.org" for number in range(SUBSCRIBERS)
        }
        assert all("2601.15876" in plain_text_of(message) for message in digests)
        assert {(one.encrypted, one.user) for one in mail.messages} == {(True, "digest")}
        assert code == 0
        assert await count_states(database) == {DeliveryState.SENT: SUBSCRIBERS}
