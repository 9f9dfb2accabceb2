"""The mail server of the settings, for the sender and for ``doctor``."""

import ssl

from digest.deliver.smtp_opening import Account
from digest.host_name import host_name_of
from digest.settings import Settings


def mail_account(settings: Settings, context: ssl.SSLContext | None) -> Account:
    """Return where and as whom mail is handed over; ``context`` says which certificates are trusted.

    The name for EHLO is ``SMTP_EHLO_NAME``, else the host of ``PUBLIC_URL``, else left to the system.
    """
    return Account(
        host=settings.smtp_host or "",
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        context=context,
        local_hostname=settings.smtp_ehlo_name or host_name_of(settings.public_url),
    )
