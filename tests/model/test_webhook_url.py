"""What Telegram asks of a webhook's address and secret (Bot API, setWebhook)."""

import pytest

from digest.model.webhook_url import is_valid_public_url, is_valid_secret, webhook_url, webhook_url_error

TELEGRAM = "https://api.telegram.org"
OWN_API = "http://127.0.0.1:8081"


@pytest.mark.parametrize("secret", ["a", "A-Za-z0-9_-", "x" * 256])
def test_a_secret_that_telegram_takes(secret: str) -> None:
    assert is_valid_secret(secret)


@pytest.mark.parametrize("secret", ["", "x" * 257, "a b", "a.b", "schlüssel", "a\n", "密钥"])
def test_a_secret_that_telegram_refuses(secret: str) -> None:
    assert not is_valid_secret(secret)


@pytest.mark.parametrize("ending", ["", ":443", ":88", ":8443/digest"])
def test_telegram_brings_updates_to_https_on_its_four_ports(ending: str) -> None:
    assert webhook_url_error(f"https://digest.example.org{ending}", TELEGRAM) is None


@pytest.mark.parametrize(
    ("public", "says"),
    [
        (None, "PUBLIC_URL is missing"),
        ("http://digest.example.org", "https alone"),
        ("https://digest.example.org:8080", "443, 80, 88, 8443"),
        ("https://digest.example.org:99999", "443, 80, 88, 8443"),
    ],
)
def test_what_telegram_does_not_bring_is_said_in_one_line(public: str | None, says: str) -> None:
    fault = webhook_url_error(public, TELEGRAM)

    assert fault is not None
    assert says in fault
    assert fault.startswith("PUBLIC_URL")
    assert "\n" not in fault


@pytest.mark.parametrize("public", ["http://127.0.0.1:8080", "http://pages.internal:9000/digest"])
def test_a_bot_api_server_of_ones_own_brings_updates_anywhere(public: str) -> None:
    assert webhook_url_error(public, OWN_API) is None
    assert webhook_url_error(None, OWN_API) is not None


def test_updates_come_below_the_path_of_the_pages() -> None:
    assert webhook_url("https://example.org/digest") == "https://example.org/digest/telegram"


@pytest.mark.parametrize("url", ["https://a.example/?x=1", "ftp://a.example", "https://a b", "a.example"])
def test_what_links_cannot_begin_with_is_not_public(url: str) -> None:
    assert not is_valid_public_url(url)
