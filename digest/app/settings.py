"""The operator's settings: read from one mapping, all mistakes told at once, no secret ever shown.

``.env.example`` lists them with their defaults and explanations; a test holds the two together.
"""

import re
from collections.abc import Collection, Mapping
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from digest.model import Locale
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput, InvalidSettings, InvalidTaxonomy
from digest.model.host_name import is_address_literal, is_full_host_name
from digest.model.webhook_url import OFFICIAL_API_HOST, is_valid_public_url, is_valid_secret, webhook_url_error
from digest.papers.domains import Taxonomy, load_taxonomy
from digest.services.schedule import known_timezones, parse_time

_SECRET_NAMES = ("telegram_bot_token", "telegram_webhook_secret", "smtp_password", "bounce_imap_password", "secret_key")


class LogFormat(StrEnum):
    """How log lines look: for people, or one JSON object each."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severe line that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _split_numbers(value: object) -> object:
    """Return the ids of ``"1, 2"``."""
    if isinstance(value, str):
        return [part for part in re.split(r"[,\s]+", value) if part]
    return value


def _split_addresses(value: object) -> object:
    """Return the addresses of ``"ann@example.org, bob@example.org"``."""
    if not isinstance(value, str):
        return value
    try:
        return tuple(normalize_email(part) for part in re.split(r"[,;\s]+", value) if part)
    except InvalidInput as error:
        raise ValueError(str(error)) from error


def _parse_minute(value: object) -> object:
    """Return the minute of the day of ``"08:00"``."""
    if not isinstance(value, str):
        return value
    try:
        return parse_time(value)
    except InvalidInput as error:
        raise ValueError("not an hour like 08:00, from 00:00 to 23:59") from error


def _check_timezone(value: str) -> str:
    if value not in known_timezones():
        raise ValueError("not an IANA time zone like Europe/Berlin")
    return value


def _check_sender(value: str) -> str:
    _, address = parseaddr(value)
    try:
        normalize_email(address)
    except InvalidInput as error:
        raise ValueError("not an address like Paper Digest <digest@example.org>") from error
    if not value.isprintable():
        raise ValueError("holds a control character")
    return value


def _check_user_ids(value: frozenset[int]) -> frozenset[int]:
    if value and min(value) <= 0:
        raise ValueError("holds a number that is no person's, for ids of people are positive")
    return value


def _check_webhook_secret(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not is_valid_secret(value.get_secret_value()):
        raise ValueError("not 1 to 256 of A-Z, a-z, 0-9, _ and - (Bot API, setWebhook)")
    return value


def _check_http_url(value: str) -> str:
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError("not an address that begins with http:// or https://")
    return value.rstrip("/")


def _check_public_url(value: str) -> str:
    """Return an address as links begin with it, without a slash at its end."""
    if not is_valid_public_url(value):
        raise ValueError("not an address like https://digest.example.org, without ? and #")
    return value.rstrip("/")


def _check_address(value: str) -> str:
    try:
        return normalize_email(value)
    except InvalidInput as error:
        raise ValueError("not an address like bounces@example.org") from error


def _check_ehlo_name(value: str) -> str:
    if not (is_full_host_name(value) or is_address_literal(value)):
        raise ValueError("not the full name of a host like mail.example.org")
    return value


def _split_proxies(value: object) -> object:
    """Return the addresses and networks of ``"127.0.0.1, 10.0.0.0/8"``."""
    if not isinstance(value, str):
        return value
    parts = tuple(part for part in re.split(r"[,\s]+", value) if part)
    for part in parts:
        try:
            ip_network(part, strict=False)
        except ValueError as error:
            raise ValueError(f"{part!r} is no IP address or network") from error
    return parts


class Settings(BaseSettings):
    """What the operator set, with the defaults of everything else."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = "sqlite+aiosqlite:///var/digest.db"
    reports_dir: Path = Path("seeds")
    taxonomy_file: Path = Path("seeds/taxonomy.tsv")

    telegram_bot_token: SecretStr | None = None
    telegram_admin_ids: Annotated[
        frozenset[int], NoDecode, BeforeValidator(_split_numbers), AfterValidator(_check_user_ids)
    ] = frozenset()
    telegram_api_url: Annotated[str, AfterValidator(_check_http_url)] = "https://api.telegram.org"
    telegram_rate: float = Field(default=28.0, gt=0, le=1000)
    telegram_webhook_secret: Annotated[SecretStr | None, AfterValidator(_check_webhook_secret)] = None

    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_ca_file: Path | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_connections: int = Field(default=4, ge=1, le=64)
    smtp_rate: float = Field(default=10.0, gt=0)
    smtp_ehlo_name: Annotated[str | None, AfterValidator(lambda v: v if v is None else _check_ehlo_name(v))] = None

    mail_from: Annotated[str | None, AfterValidator(lambda v: v if v is None else _check_sender(v))] = None
    mail_postal_address: str | None = None
    mail_dir: Path = Path("out")
    admin_emails: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_addresses)] = ()

    dkim_domain: str | None = None
    dkim_selector: str | None = None
    dkim_key_file: Path | None = None
    dkim_ed25519_selector: str | None = None
    dkim_ed25519_key_file: Path | None = None

    bounce_address: Annotated[str | None, AfterValidator(lambda v: v if v is None else _check_address(v))] = None
    bounce_dir: Path | None = None
    bounce_imap_host: str | None = None
    bounce_imap_port: int = Field(default=993, ge=1, le=65535)
    bounce_imap_security: Literal["tls", "starttls", "none"] = "tls"
    bounce_imap_ca_file: Path | None = None
    bounce_imap_username: str | None = None
    bounce_imap_password: SecretStr | None = None
    bounce_imap_folder: str = "INBOX"
    bounce_threshold: float = Field(default=3.0, ge=1, le=100)

    public_url: Annotated[str | None, AfterValidator(lambda v: v if v is None else _check_public_url(v))] = None
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8080, ge=0, le=65535)
    web_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_proxies)] = ("127.0.0.1",)

    secret_key: SecretStr | None = None
    digest_time: Annotated[int, BeforeValidator(_parse_minute)] = 480
    timezone: Annotated[str, AfterValidator(_check_timezone)] = "UTC"
    report_due: Annotated[int | None, BeforeValidator(_parse_minute)] = None
    default_locale: Locale = Locale.EN
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.TEXT

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from ``load`` alone: only ``bot.py`` touches the environment."""
        return (init_settings,)

    @classmethod
    def load(cls, values: Mapping[str, str | None]) -> Self:
        """Read settings by their names in capitals; an empty value is an absent one.

        A secret may stand in a file instead: ``NAME_FILE``. Raises ``InvalidSettings`` naming every mistake.
        """
        given, mistakes = _read_secret_files(values)
        for name in cls.model_fields:
            value = values.get(name.upper())
            if value is not None and value.strip():
                given[name] = value.strip()
        settings = None
        try:
            settings = cls(**given)
        except ValidationError as error:
            mistakes += _format_mistakes(error, given)
        mistakes += check_consistency(given.keys() | _secrets_in_files(values), given)
        if settings is None or mistakes:
            raise InvalidSettings("; ".join(mistakes))
        return settings

    @property
    def sender(self) -> tuple[str, str]:
        """The display name and address that mail comes from."""
        name, address = parseaddr(self.mail_from or "Paper Digest <digest@paper-digest.invalid>")
        return name or "Paper Digest", address


def unknown_setting_names(values: Mapping[str, str | None]) -> list[str]:
    """Return the names in a ``.env`` file that are no settings: typing mistakes, most likely."""
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"{name.upper()}_FILE" for name in _SECRET_NAMES}
    return sorted(name for name in values if name not in known)


def _secrets_in_files(values: Mapping[str, str | None]) -> set[str]:
    """Return the secrets that files are to hold, whether they could be read or not."""
    return {name for name in _SECRET_NAMES if (values.get(f"{name.upper()}_FILE") or "").strip()}


def _read_secret_files(values: Mapping[str, str | None]) -> tuple[dict[str, Any], list[str]]:
    """Read the secrets that stand in files."""
    given: dict[str, Any] = {}
    mistakes = []
    for name in _SECRET_NAMES:
        path = (values.get(f"{name.upper()}_FILE") or "").strip()
        if not path:
            continue
        try:
            given[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            mistakes.append(f"{name.upper()}_FILE={path}: cannot be read")
            continue
        if not given[name]:
            mistakes.append(f"{name.upper()}_FILE={path}: is empty")
    return given, mistakes


def _format_mistakes(error: ValidationError, given: Mapping[str, Any]) -> list[str]:
    """Return each mistake in the operator's words."""
    told = []
    for mistake in error.errors():
        name = str(mistake["loc"][0])
        shown = "(hidden)" if name in _SECRET_NAMES else repr(given.get(name))
        told.append(f"{name.upper()}={shown}: {mistake['msg'].removeprefix('Value error, ')}")
    return told


def read_taxonomy(settings: Settings) -> Taxonomy:
    """Read the domains; raises ``InvalidTaxonomy`` in one line that names the file."""
    return load_taxonomy(_read_taxonomy_file(settings.taxonomy_file))


def _read_taxonomy_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTaxonomy(f"{path}: cannot be read; TAXONOMY_FILE names the table of domains") from error


def check_consistency(names: Collection[str], values: Mapping[str, Any]) -> list[str]:
    """Name what is wrong between settings that may each be right.

    ``names`` are those that are set, here or in a file; ``values`` are their texts as far as they are known.
    """
    found = []
    if "smtp_host" in names and "mail_from" not in names:
        found.append("MAIL_FROM is missing: mail needs a sender, like Paper Digest <digest@example.org>")
    if ("smtp_username" in names) != ("smtp_password" in names):
        found.append("SMTP_USERNAME and SMTP_PASSWORD belong together: one is missing")
    missing = [
        f"{name.upper()}={file}: no such file"
        for name in ("smtp_ca_file", "bounce_imap_ca_file", "dkim_key_file", "dkim_ed25519_key_file")
        if (file := values.get(name)) and not Path(file).is_file()
    ]
    return [*found, *missing, *_check_webhook(names, values), *_check_dkim(names), *_check_bounces(names)]


def _check_webhook(names: Collection[str], values: Mapping[str, Any]) -> list[str]:
    """Name why Telegram cannot bring updates to us, where it is to."""
    if "telegram_webhook_secret" not in names:
        return []
    public = values.get("public_url")
    if public and not is_valid_public_url(public):
        return []
    fault = webhook_url_error(public, values.get("telegram_api_url") or f"https://{OFFICIAL_API_HOST}")
    return [fault] if fault else []


def _check_dkim(names: Collection[str]) -> list[str]:
    """Name what DKIM lacks: a signature needs its domain, its selector and its key."""
    found = []
    for key in ("dkim", "dkim_ed25519"):
        parts = {f"{key}_selector", f"{key}_key_file"}
        begun = parts & set(names)
        if begun and "dkim_domain" not in names:
            found.append("DKIM_DOMAIN is missing: a signature names its domain")
        if len(begun) == 1:
            (missing,) = parts - begun
            found.append(f"{missing.upper()} is missing: selector and key file belong together")
    if "dkim_domain" in names and not {"dkim_key_file", "dkim_ed25519_key_file"} & set(names):
        found.append("DKIM_KEY_FILE is missing: DKIM_DOMAIN alone signs nothing")
    return list(dict.fromkeys(found))


def _check_bounces(names: Collection[str]) -> list[str]:
    """Name what reading bounces lacks."""
    found = []
    sources = {"bounce_dir", "bounce_imap_host"} & set(names)
    if sources and "bounce_address" not in names:
        found.append("BOUNCE_ADDRESS is missing: the address whose mailbox is read")
    if "bounce_address" in names and not sources:
        found.append("BOUNCE_DIR or BOUNCE_IMAP_HOST is missing: where mail to BOUNCE_ADDRESS is read")
    if "bounce_imap_host" in names and not {"bounce_imap_username", "bounce_imap_password"} <= set(names):
        found.append("BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD are needed with BOUNCE_IMAP_HOST")
    return found
