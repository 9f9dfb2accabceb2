"""Fixtures for the stand-ins, for every test of the project."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.certificate import Certificate, loopback_certificate
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_server import TelegramServer


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[TelegramServer]:
    """Return a Bot API stand-in on loopback, with a wire log in a file."""
    async with TelegramServer(wire_file=tmp_path / "telegram-wire.jsonl") as server:
        yield server


@pytest.fixture
async def mail(tmp_path: Path) -> AsyncIterator[SmtpServer]:
    """Return a mail server with STARTTLS on loopback, with a wire log in a file."""
    async with SmtpServer(wire_file=tmp_path / "mail-wire.jsonl") as server:
        yield server


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    """Return the certificate for loopback, made once."""
    return loopback_certificate()
