"""The mail server, the mailbox and the DKIM keys of the settings, for the service and for ``doctor``."""

import ssl

from digest.app.settings import Settings
from digest.mail.dkim import DkimSigner, load_signer
from digest.mail.mailbox.imap import ImapAccount
from digest.mail.smtp_connect import SmtpAccount
from digest.model.host_name import find_host_name


def build_smtp_account(settings: Settings, ssl_context: ssl.SSLContext | None) -> SmtpAccount:
    """Return where and as whom mail is handed over; ``ssl_context`` says which certificates are trusted.

    The name for EHLO is ``SMTP_EHLO_NAME``, else the host of ``PUBLIC_URL``, else left to the system.
    """
    return SmtpAccount(
        host=settings.smtp_host or "",
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        tls_context=ssl_context,
        local_hostname=settings.smtp_ehlo_name or find_host_name(settings.public_url),
    )


def build_imap_account(settings: Settings, ssl_context: ssl.SSLContext | None) -> ImapAccount:
    """Return the mailbox that bounces come to; ``ssl_context`` says which certificates are trusted."""
    return ImapAccount(
        host=settings.bounce_imap_host or "",
        port=settings.bounce_imap_port,
        security=settings.bounce_imap_security,
        username=settings.bounce_imap_username or "",
        password=settings.bounce_imap_password.get_secret_value() if settings.bounce_imap_password else "",
        folder=settings.bounce_imap_folder,
        context=ssl_context,
    )


def load_dkim_signer(settings: Settings) -> DkimSigner | None:
    """Read the keys; None where there are none. Raises ``InvalidSettings``."""
    return load_signer(
        domain=settings.dkim_domain,
        selector=settings.dkim_selector,
        key_file=settings.dkim_key_file,
        ed25519_selector=settings.dkim_ed25519_selector,
        ed25519_key_file=settings.dkim_ed25519_key_file,
    )
