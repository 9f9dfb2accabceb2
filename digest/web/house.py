"""What the pages need of the use cases."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.access import Access
from digest.archive import Archive
from digest.clock import Clock
from digest.domains import Taxonomy
from digest.membership import Membership
from digest.model import Locale
from digest.render.web_digest import WebDigest
from digest.signup import SignUp
from digest.web.telegram import TelegramHook


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the service can do its work: the parts that were asked, each with True where it is well."""

    parts: dict[str, bool]

    @property
    def well(self) -> bool:
        """Tell whether every part is well."""
        return all(self.parts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHouse:
    """The use cases behind the pages.

    ``public_url`` is where readers reach them, ``name`` and ``postal`` say whose they are, ``locale`` is for
    strangers whose browser asks for no language of ours. ``secret`` signs the forms of strangers;
    ``telegram`` takes updates in where Telegram brings them.
    """

    access: Access
    sign_up: SignUp
    membership: Membership
    archive: Archive
    taxonomy: Taxonomy
    digest: WebDigest
    clock: Clock
    public_url: str
    name: str
    postal: str | None
    locale: Locale
    secret: bytes
    health: Callable[[], Awaitable[Health]]
    telegram: TelegramHook | None = None

    @property
    def base(self) -> str:
        """The path of ``public_url``, in front of every path of ours: often empty."""
        return urlsplit(self.public_url).path

    @property
    def is_https(self) -> bool:
        """Tell whether readers reach the pages by https alone."""
        return self.public_url.startswith("https://")
