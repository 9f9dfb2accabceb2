"""Where bounces are read: a folder that is there, or a mailbox that lets us in."""

import asyncio
import contextlib
import imaplib
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Missing
from digest.app.doctor.trust import authorities
from digest.settings import Settings

_BOUNCES = Area.BOUNCES
_NETWORK = "look at this machine's network, at BOUNCE_IMAP_HOST and BOUNCE_IMAP_PORT, and ask again"


async def check(case: Case) -> AsyncIterator[Finding]:
    """Open the folder and the mailbox that are set; nothing in them is read or changed."""
    settings = case.settings
    if settings.bounce_dir is None and settings.bounce_imap_host is None:
        yield _BOUNCES.not_checked(
            "mailbox",
            "neither BOUNCE_DIR nor BOUNCE_IMAP_HOST is set: nobody reads what comes back",
            "set BOUNCE_ADDRESS and one of them",
        )
    if settings.bounce_dir is not None:
        yield folder(settings.bounce_dir)
    if settings.bounce_imap_host is not None:
        yield await _mailbox(case, settings.bounce_imap_host)


def folder(path: Path) -> Finding:
    """Give the verdict on a folder: read from, and written to, for what was read is put away."""
    if not path.is_dir():
        return _BOUNCES.problem("folder", f"BOUNCE_DIR={path} is no folder", "make it, or correct BOUNCE_DIR")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return _BOUNCES.problem("folder", f"{path} cannot be read and written", "mend its rights")
    return _BOUNCES.ok("folder", f"{path} can be read")


async def _mailbox(case: Case, host: str) -> Finding:
    settings = case.settings
    where = f"{host}:{settings.bounce_imap_port}"
    context = authorities(settings.bounce_imap_ca_file)
    if context is None:
        file = settings.bounce_imap_ca_file
        return _BOUNCES.problem("mailbox", f"BOUNCE_IMAP_CA_FILE={file} holds no certificates", "use PEM")
    try:
        count = await asyncio.to_thread(_look, settings, context, case.patience)
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
            "mailbox",
            f"no safe connection to {where}: {why}",
            "renew it, or set BOUNCE_IMAP_CA_FILE",
        )
    except (OSError, ImapToolsError, _Ended) as error:
        return await _unreached(case, where, host, error)
    return _BOUNCES.ok("mailbox", f"{where}: {settings.bounce_imap_folder} holds {count} messages")


async def _unreached(case: Case, where: str, host: str, error: Exception) -> Finding:
    if isinstance(error, socket.gaierror):
        looked = await case.names.addresses(host)
        if isinstance(looked, Missing):
            return _BOUNCES.problem("mailbox", looked.why, "correct BOUNCE_IMAP_HOST")
    if isinstance(error, TimeoutError):
        return _BOUNCES.not_checked("mailbox", f"{where} did not answer in time", _NETWORK)
    words = getattr(error, "strerror", None) or str(error)
    if isinstance(error, ConnectionError | _Ended | ImapToolsError):
        return _BOUNCES.problem(
            "mailbox", f"{where}: {words}", "check BOUNCE_IMAP_PORT and BOUNCE_IMAP_SECURITY"
        )
    return _BOUNCES.not_checked("mailbox", f"no way to {where}: {words}", _NETWORK)


class _Ended(Exception):
    """The server ended the conversation, or spoke no IMAP."""


def _look(settings: Settings, context: ssl.SSLContext, seconds: float) -> int:
    """Log in and select the folder for reading alone; give how many messages it holds. Blocks."""
    password = settings.bounce_imap_password
    try:
        box = _open(settings, context, seconds)
        try:
            box.login(
                settings.bounce_imap_username or "",
                password.get_secret_value() if password else "",
                initial_folder=None,
            )
            box.folder.set(settings.bounce_imap_folder, readonly=True)
            return int(box.folder.status(settings.bounce_imap_folder, ["MESSAGES"])["MESSAGES"])
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                box.client.logout()
    except imaplib.IMAP4.error as error:
        raise _Ended(" ".join(str(error).split())) from error


def _open(settings: Settings, context: ssl.SSLContext, seconds: float) -> BaseMailBox:
    host, port = settings.bounce_imap_host or "", settings.bounce_imap_port
    match settings.bounce_imap_security:
        case "tls":
            return MailBox(host, port, timeout=seconds, ssl_context=context)
        case "starttls":
            return MailBoxStartTls(host, port, timeout=seconds, ssl_context=context)
        case _:
            return MailBoxUnencrypted(host, port, timeout=seconds)
