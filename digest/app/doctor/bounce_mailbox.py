"""Where bounces are read: a folder that is there, or a mailbox that lets us in."""

import asyncio
import contextlib
import imaplib
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from digest.app.doctor.checks import Area, CheckContext, CheckResult
from digest.app.doctor.dns_client import DnsUnavailable
from digest.app.mail_account import build_imap_account
from digest.app.tls import load_ca_context
from digest.mail.mailbox.imap import ImapAccount, open_folder
from digest.model.errors import InvalidSettings

_BOUNCES = Area.BOUNCES
_NETWORK_ADVICE = "look at this machine's network, at BOUNCE_IMAP_HOST and BOUNCE_IMAP_PORT, and ask again"


async def check_bounce_mailbox(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Open the folder and the mailbox that are set; nothing in them is read or changed."""
    settings = ctx.settings
    if settings.bounce_dir is None and settings.bounce_imap_host is None:
        yield _BOUNCES.not_checked(
            "mailbox",
            "neither BOUNCE_DIR nor BOUNCE_IMAP_HOST is set: nobody reads what comes back",
            "set BOUNCE_ADDRESS and one of them",
        )
    if settings.bounce_dir is not None:
        yield evaluate_folder(settings.bounce_dir)
    if settings.bounce_imap_host is not None:
        yield await _check_imap(ctx, settings.bounce_imap_host)


def evaluate_folder(path: Path) -> CheckResult:
    """Return the verdict on a folder: read from, and written to, for what was read is put away."""
    if not path.is_dir():
        return _BOUNCES.problem("folder", f"BOUNCE_DIR={path} is no folder", "make it, or correct BOUNCE_DIR")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return _BOUNCES.problem("folder", f"{path} cannot be read and written", "mend its rights")
    return _BOUNCES.ok("folder", f"{path} can be read")


async def _check_imap(ctx: CheckContext, host: str) -> CheckResult:
    settings = ctx.settings
    where = f"{host}:{settings.bounce_imap_port}"
    try:
        context = load_ca_context("BOUNCE_IMAP_CA_FILE", settings.bounce_imap_ca_file)
    except InvalidSettings:
        file = settings.bounce_imap_ca_file
        return _BOUNCES.problem("mailbox", f"BOUNCE_IMAP_CA_FILE={file} holds no certificates", "use PEM")
    account = build_imap_account(settings, context)
    try:
        count = await asyncio.to_thread(_count_messages, account, ctx.timeout)
    except MailboxLoginError:
        return _BOUNCES.problem(
            "mailbox", f"{where} refuses the login", "check BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD"
        )
    except MailboxFolderSelectError:
        name = settings.bounce_imap_folder
        return _BOUNCES.problem("mailbox", f"{where} has no folder {name!r}", "correct BOUNCE_IMAP_FOLDER")
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason
        return _BOUNCES.problem(
            "mailbox", f"no safe connection to {where}: {why}", "renew it, or set BOUNCE_IMAP_CA_FILE"
        )
    except (OSError, ImapToolsError, imaplib.IMAP4.error) as error:
        return await _unreachable_result(ctx, where, host, error)
    return _BOUNCES.ok("mailbox", f"{where}: {settings.bounce_imap_folder} holds {count} messages")


async def _unreachable_result(ctx: CheckContext, server: str, host: str, error: Exception) -> CheckResult:
    if isinstance(error, socket.gaierror):
        with contextlib.suppress(DnsUnavailable):
            if missing := (await ctx.dns.addresses(host)).missing:
                return _BOUNCES.problem("mailbox", missing, "correct BOUNCE_IMAP_HOST")
    if isinstance(error, TimeoutError):
        return _BOUNCES.not_checked("mailbox", f"{server} did not answer in time", _NETWORK_ADVICE)
    words = getattr(error, "strerror", None) or " ".join(str(error).split())
    if isinstance(error, ConnectionError | imaplib.IMAP4.error | ImapToolsError):
        return _BOUNCES.problem("mailbox", f"{server}: {words}", "check BOUNCE_IMAP_PORT and BOUNCE_IMAP_SECURITY")
    return _BOUNCES.not_checked("mailbox", f"no way to {server}: {words}", _NETWORK_ADVICE)


def _count_messages(account: ImapAccount, timeout: float) -> int:
    """Log in and select the folder for reading alone; return how many messages it holds. Blocks."""
    box = open_folder(account, timeout, readonly=True)
    try:
        return int(box.folder.status(account.folder, ["MESSAGES"])["MESSAGES"])
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            box.client.logout()
