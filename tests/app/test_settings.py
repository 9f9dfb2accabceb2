"""The operator's settings: every mistake at once, and no secret ever shown."""

from pathlib import Path

import pytest

from digest.app.settings import Settings, unknown_setting_names
from digest.model import Locale
from digest.model.errors import InvalidSettings

TOKEN = "123456:very-secret-token"
SECRETS = ("TELEGRAM_BOT_TOKEN", "SMTP_PASSWORD", "SECRET_KEY")
WEBHOOK_SETTINGS = {"TELEGRAM_WEBHOOK_SECRET": "a-secret_1", "PUBLIC_URL": "https://digest.example.org"}


def setting_errors(**values: str) -> list[str]:
    """Return the mistakes that loading tells."""
    with pytest.raises(InvalidSettings) as caught:
        Settings.load(values)
    assert "\n" not in str(caught.value)
    return str(caught.value).split("; ")


def test_nothing_set_is_a_bot_that_writes_to_a_folder() -> None:
    settings = Settings.load({})

    assert settings.telegram_bot_token is None
    assert settings.smtp_host is None
    assert settings.database_url == "sqlite+aiosqlite:///var/digest.db"
    assert (settings.digest_time, settings.timezone, settings.default_locale) == (480, "UTC", Locale.EN)


def test_what_is_set_is_read() -> None:
    settings = Settings.load(
        {
            "TELEGRAM_BOT_TOKEN": f" {TOKEN} ",
            "TELEGRAM_ADMIN_IDS": "7, 8 9",
            "TELEGRAM_API_URL": "http://localhost:8081/",
            "SMTP_HOST": "mail.example.org",
            "SMTP_PORT": "465",
            "SMTP_SECURITY": "tls",
            "MAIL_FROM": "Paper Digest <digest@example.org>",
            "DIGEST_TIME": "07:30",
            "TIMEZONE": "Asia/Shanghai",
            "DEFAULT_LOCALE": "zh",
            "LOG_LEVEL": "debug",
        }
    )

    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.telegram_admin_ids == {7, 8, 9}
    assert settings.telegram_api_url == "http://localhost:8081"
    assert settings.sender == ("Paper Digest", "digest@example.org")
    assert (settings.smtp_port, settings.digest_time) == (465, 450)


def test_an_empty_value_is_an_absent_one() -> None:
    settings = Settings.load({"TELEGRAM_BOT_TOKEN": "", "SMTP_PORT": "  ", "TIMEZONE": None, "MAIL_FROM": " "})

    assert settings == Settings.load({})


def test_all_mistakes_are_told_at_once() -> None:
    told = setting_errors(
        SMTP_HOST="mail.example.org",
        SMTP_PORT="0",
        SMTP_USERNAME="ann",
        TIMEZONE="Mars/Olympus_Mons",
        DIGEST_TIME="25:00",
        TELEGRAM_ADMIN_IDS="7, ann",
        TELEGRAM_API_URL="api.telegram.org",
        LOG_LEVEL="loud",
        SMTP_CA_FILE="/nowhere/ca.pem",
    )

    named = [line.split("=")[0].split(" ")[0] for line in told]
    assert sorted(named) == [
        "DIGEST_TIME",
        "LOG_LEVEL",
        "MAIL_FROM",
        "SMTP_CA_FILE",
        "SMTP_PORT",
        "SMTP_USERNAME",
        "TELEGRAM_ADMIN_IDS",
        "TELEGRAM_API_URL",
        "TIMEZONE",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_PORT", "65536"),
        ("SMTP_PORT", "smtp"),
        ("SMTP_SECURITY", "ssl"),
        ("SMTP_CONNECTIONS", "0"),
        ("SMTP_RATE", "0"),
        ("SMTP_RATE", "nan"),
        ("TELEGRAM_RATE", "-1"),
        ("TELEGRAM_ADMIN_IDS", "-100123"),
        ("DEFAULT_LOCALE", "de"),
        ("TIMEZONE", "../../etc/passwd"),
        ("TIMEZONE", "CET+1"),
        ("LOG_FORMAT", "xml"),
        ("MAIL_FROM", "not an address"),
        ("MAIL_FROM", "Ann <ann@example.org>\nBcc: everybody@example.org"),
    ],
)
def test_a_wrong_value_is_told_with_its_name(name: str, value: str) -> None:
    (told,) = setting_errors(**{name: value})

    assert told.startswith(f"{name}=")


def test_no_secret_stands_in_a_message_or_a_picture_of_the_settings() -> None:
    values = dict.fromkeys(SECRETS, "hush-hush")

    message = "; ".join(setting_errors(SMTP_PORT="0", **values))
    shown = repr(Settings.load({**values, "SMTP_USERNAME": "ann"}))

    assert "hush" not in message
    assert "hush" not in shown
    assert "hush" not in str(Settings.load({**values, "SMTP_USERNAME": "ann"}).model_dump())


@pytest.mark.parametrize("name", ["TELEGRAM_BOT_TOKEN", "SECRET_KEY"])
def test_a_secret_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text("from-the-file\n")

    settings = Settings.load({f"{name}_FILE": str(file)})

    secret = getattr(settings, name.lower())
    assert secret.get_secret_value() == "from-the-file"


def test_a_secret_that_is_set_goes_before_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-the-file")

    settings = Settings.load({"SECRET_KEY": "set", "SECRET_KEY_FILE": str(file)})

    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == "set"


def test_a_file_that_cannot_be_read_is_one_mistake_and_not_two(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    assert setting_errors(SMTP_PASSWORD_FILE="/nowhere", SMTP_USERNAME="ann") == [
        "SMTP_PASSWORD_FILE=/nowhere: cannot be read"
    ]
    assert setting_errors(SECRET_KEY_FILE=str(tmp_path / "empty")) == [f"SECRET_KEY_FILE={tmp_path}/empty: is empty"]
    assert setting_errors(SECRET_KEY_FILE=str(tmp_path / "binary")) == [
        f"SECRET_KEY_FILE={tmp_path}/binary: cannot be read"
    ]


def test_a_webhook_needs_its_secret_and_an_address_that_telegram_reaches() -> None:
    settings = Settings.load(WEBHOOK_SETTINGS)

    assert settings.telegram_webhook_secret is not None
    assert settings.telegram_webhook_secret.get_secret_value() == "a-secret_1"
    assert "a-secret_1" not in repr(settings)


def test_what_a_webhook_lacks_is_told_with_everything_else() -> None:
    told = setting_errors(TELEGRAM_WEBHOOK_SECRET="hush hush", TIMEZONE="Mars", SMTP_PORT="0")
    http = setting_errors(**WEBHOOK_SETTINGS | {"PUBLIC_URL": "http://digest.example.org"})

    assert sorted(line.split("=")[0].split()[0] for line in told) == [
        "PUBLIC_URL",
        "SMTP_PORT",
        "TELEGRAM_WEBHOOK_SECRET",
        "TIMEZONE",
    ]
    assert "hush" not in " ".join(told)
    assert http == ["PUBLIC_URL='http://digest.example.org': not https, and Telegram brings updates by https alone"]


def test_a_public_address_that_is_none_is_one_mistake_and_not_two() -> None:
    assert len(setting_errors(**WEBHOOK_SETTINGS | {"PUBLIC_URL": "digest.example.org"})) == 1


def test_a_bot_api_server_of_ones_own_brings_updates_without_tls() -> None:
    own = {"PUBLIC_URL": "http://127.0.0.1:8080", "TELEGRAM_API_URL": "http://127.0.0.1:8081"}

    assert Settings.load(WEBHOOK_SETTINGS | own).public_url == "http://127.0.0.1:8080"


def test_the_secret_of_a_webhook_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from_the_file-1\n")

    loaded = Settings.load({"TELEGRAM_WEBHOOK_SECRET_FILE": str(file), "PUBLIC_URL": WEBHOOK_SETTINGS["PUBLIC_URL"]})

    assert loaded.telegram_webhook_secret is not None
    assert loaded.telegram_webhook_secret.get_secret_value() == "from_the_file-1"
    (told,) = setting_errors(TELEGRAM_WEBHOOK_SECRET_FILE=str(file))
    assert "PUBLIC_URL is missing" in told


def test_only_secrets_stand_in_files(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("1")

    assert Settings.load({"SMTP_PORT_FILE": str(file)}).smtp_port == 587


def test_a_name_that_is_no_setting_is_most_likely_a_slip() -> None:
    names = {"SMTP_HOST": "a", "SMPT_PORT": "25", "SECRET_KEY_FILE": "x", "SMTP_PORT_FILE": "y", "smtp_port": "1"}

    assert unknown_setting_names(names) == ["SMPT_PORT", "SMTP_PORT_FILE", "smtp_port"]
