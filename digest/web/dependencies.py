"""What the pages need of the use cases."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.model import Locale
from digest.model.clock import Clock
from digest.papers.domains import Taxonomy
from digest.render.email.context import EmailContext
from digest.services.archive import Archive
from digest.services.email_links import EmailLinkService
from digest.services.signup import SignupService
from digest.services.subscriptions import SubscriptionService
from digest.web.telegram_webhook import TelegramWebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthStatus:
    """Whether the service can do its work: the parts that were asked, each with True where it is well."""

    checks: dict[str, bool]

    @property
    def is_healthy(self) -> bool:
        """Return whether every part is well."""
        return all(self.checks.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDependencies:
    """The use cases behind the pages.

    ``public_url`` is where readers reach them, ``site_name`` and ``postal_address`` say whose they are,
    ``default_locale`` is for strangers whose browser asks for no language of ours. ``form_secret`` signs the
    forms of strangers; ``telegram_webhook`` takes updates in where Telegram brings them.
    """

    email_links: EmailLinkService
    signups: SignupService
    subscriptions: SubscriptionService
    archive: Archive
    taxonomy: Taxonomy
    email_context: EmailContext
    clock: Clock
    public_url: str
    site_name: str
    postal_address: str | None
    default_locale: Locale
    form_secret: bytes
    check_health: Callable[[], Awaitable[HealthStatus]]
    telegram_webhook: TelegramWebhook | None = None

    @property
    def base_path(self) -> str:
        """The path of ``public_url``, in front of every path of ours: often empty."""
        return urlsplit(self.public_url).path

    @property
    def is_https(self) -> bool:
        """Return whether readers reach the pages by https alone."""
        return self.public_url.startswith("https://")
