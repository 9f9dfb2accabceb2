"""Signed mail leaves with a sender of its own, and what comes back to it ends the address."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.mail.dkim import load_signer
from digest.model import EndpointState
from tests.e2e.environment import make_everybody_due, wait_for_emails
from tests.e2e.test_web_pages import load_profile
from tests.mail.bounces.sample_mails import OriginalMail, delivery_report
from tests.mail.signing import make_ed25519_key, make_rsa_key, verify_each
from tests.support.program import run_bot, running_service
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_server import TelegramServer

ADA = "ada@example.org"
CHAT = 42


def write_private_key(file: Path, key: object) -> Path:
    """Write a private key into a file."""
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))  # type: ignore[attr-defined]
    return file


async def test_signed_mail_that_comes_back_ends_its_address_and_its_reader_hears_of_it(
    tmp_path: Path, mail: SmtpServer, telegram: TelegramServer
) -> None:
    returned = tmp_path / "returned"
    returned.mkdir()
    keys = {
        "DKIM_KEY_FILE": write_private_key(tmp_path / "rsa.pem", make_rsa_key()),
        "DKIM_ED25519_KEY_FILE": write_private_key(tmp_path / "ed.pem", make_ed25519_key()),
    }
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        **mail.settings,
        "MAIL_FROM": "Paper Digest <digest@example.org>",
        "PUBLIC_URL": "https://digest.example.org",
        "DKIM_DOMAIN": "example.org",
        "DKIM_SELECTOR": "rsa2026",
        "DKIM_ED25519_SELECTOR": "ed2026",
        "BOUNCE_ADDRESS": "bounces@example.org",
        "BOUNCE_DIR": str(returned),
        "BOUNCE_THRESHOLD": "1",
        "LOG_LEVEL": "debug",
        **{name: str(file) for name, file in keys.items()},
    }
    await run_bot("ingest", settings=settings)
    added = await run_bot(
        "subscribers", "add", "--email", ADA, "--telegram", str(CHAT), "--domain", "robotics",
        settings=settings,
    )  # fmt: skip
    assert added.exit_code == 0, added.stderr
    chat = telegram.user(CHAT)
    await make_everybody_due(settings)

    async with running_service(settings) as service:
        (digest,) = await wait_for_emails(mail, 1)
        await chat.wait_for_message("4 of 27", timeout=200)
        sent = mail.messages[0]
        assert sent.sender.startswith("bounces+d")
        assert "<mailto:bounces+u-" in digest["List-Unsubscribe"]
        assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        came = message_from_bytes(sent.raw, policy=default)
        letter = delivery_report(OriginalMail(sender=sent.sender, to=ADA, message_id=came["Message-ID"]))
        (returned / "1.eml").write_bytes(letter)

        await service.wait_for_log("mail came back", within=300)
        await chat.wait_for_message("can no longer be delivered", timeout=200)
        assert await service.stop() == 0

    signer = load_signer(
        domain="example.org",
        selector="rsa2026",
        key_file=keys["DKIM_KEY_FILE"],
        ed25519_selector="ed2026",
        ed25519_key_file=keys["DKIM_ED25519_KEY_FILE"],
    )
    assert signer is not None
    assert verify_each(sent.raw, signer) == [True, True]
    after = await load_profile(settings, ADA)
    assert after is not None
    assert [one.state for one in after.endpoints] == [EndpointState.ACTIVE, EndpointState.SUPPRESSED]
    log = "".join(service.log_lines)
    assert ADA not in log
    assert not any("PRIVATE KEY" in line for line in service.log_lines)
