"""The bot and its webhook, as Telegram knows them."""

from datetime import timedelta
from typing import Any

import pytest

from digest.app.doctor.checks import CheckContext, CheckResult
from digest.app.doctor.telegram import check_bot
from digest.model.clock import system_clock
from tests.app.doctor.conftest import BuildContext, impatient, run_check, statuses_by_name
from tests.support.telegram_faults import HangReply, TelegramRefusal
from tests.support.telegram_proxy_replies import FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer

SECRET = "a-secret-that-is-long-enough_0123456789"
PUBLIC_URL = "http://127.0.0.1:9/digest"
WEBHOOK_URL = f"{PUBLIC_URL}/telegram"


def telegram_context(build: BuildContext, server: TelegramServer, **more: str) -> CheckContext:
    """Return an installation with a bot."""
    given = {"TELEGRAM_BOT_TOKEN": server.token, "TELEGRAM_API_URL": server.url, "TELEGRAM_ADMIN_IDS": "5"}
    return build(**{**given, **more})


async def test_a_bot_that_telegram_knows_is_ok(build: BuildContext, telegram: TelegramServer) -> None:
    findings = await run_check(check_bot, telegram_context(build, telegram))

    assert statuses_by_name(findings) == {"admins": "ok", "bot": "ok", "webhook": "ok"}
    assert findings["bot"].what.startswith("@")
    assert telegram.token not in repr(findings)


async def test_a_webhook_is_a_problem_and_its_path_is_not_shown(build: BuildContext, telegram: TelegramServer) -> None:
    telegram.world.webhook = {"url": f"https://other.example.org/{telegram.token}", "secret": ""}

    findings = await run_check(check_bot, telegram_context(build, telegram))

    assert findings["webhook"].verdict == "problem"
    assert "other.example.org" in findings["webhook"].what
    assert "deleteWebhook" in findings["webhook"].advice
    assert telegram.token not in repr(findings)


async def test_nobody_who_may_command_is_a_warning(build: BuildContext, telegram: TelegramServer) -> None:
    findings = statuses_by_name(await run_check(check_bot, telegram_context(build, telegram, TELEGRAM_ADMIN_IDS="")))

    assert findings["admins"] == "warning"


async def test_a_refused_token_is_a_problem(build: BuildContext, telegram: TelegramServer) -> None:
    case = telegram_context(build, telegram, TELEGRAM_BOT_TOKEN="123:wrong")

    findings = await run_check(check_bot, case)

    assert findings["bot"].verdict == "problem"
    assert "123:wrong" not in repr(findings)


async def test_a_telegram_that_cannot_be_reached_is_not_checked(build: BuildContext, telegram: TelegramServer) -> None:
    async with telegram.unreachable():
        findings = await run_check(check_bot, telegram_context(build, telegram))

    assert statuses_by_name(findings) == {"admins": "ok", "bot": "not checked"}
    assert telegram.token not in repr(findings)


async def test_somebody_who_answers_in_telegrams_place_is_a_problem(
    build: BuildContext, telegram: TelegramServer
) -> None:
    with telegram.replaced_by(FOREIGN_REPLIES["proxy 401"]):
        findings = await run_check(check_bot, telegram_context(build, telegram))

    assert statuses_by_name(findings) == {"admins": "ok", "bot": "problem"}
    assert "the response is not from the Bot API (401" in findings["bot"].what
    assert "proxy" in findings["bot"].advice


async def test_a_telegram_that_is_silent_or_broken_is_not_checked(
    build: BuildContext, telegram: TelegramServer
) -> None:
    telegram.plan_fault(HangReply(seconds=5), method="getMe")
    silent = statuses_by_name(await run_check(check_bot, impatient(telegram_context(build, telegram))))
    telegram.plan_fault(TelegramRefusal(status=502, description="Bad Gateway"), method="getWebhookInfo")
    broken = statuses_by_name(await run_check(check_bot, telegram_context(build, telegram)))

    assert silent["bot"] == "not checked"
    assert "webhook" not in silent
    assert "webhook" not in broken
    assert broken["bot"] == "not checked"


async def test_without_a_token_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_bot, build())) == {"bot": "not checked"}


async def check_webhook(
    build: BuildContext,
    server: TelegramServer,
    *,
    secret: str = SECRET,
    **hook: Any,  # noqa: ANN401 - whatever getWebhookInfo holds
) -> CheckResult:
    """Return the finding on a webhook that Telegram knows like this."""
    server.world.webhook = hook
    case = build(
        TELEGRAM_BOT_TOKEN=server.token,
        TELEGRAM_API_URL=server.url,
        TELEGRAM_WEBHOOK_SECRET=secret,
        PUBLIC_URL=PUBLIC_URL,
    )
    findings = await run_check(check_bot, case)
    assert secret not in repr(findings)
    return findings["webhook"]


def failed_webhook(error: str, *, age: timedelta = timedelta(minutes=2)) -> dict[str, Any]:
    """Return a webhook of ours that Telegram had trouble with."""
    at = int((system_clock() - age).timestamp())
    return {"url": WEBHOOK_URL, "secret": SECRET, "last_error_date": at, "last_error_message": error}


async def test_ours_without_trouble_is_ok(build: BuildContext, telegram: TelegramServer) -> None:
    finding = await check_webhook(build, telegram, url=WEBHOOK_URL, secret_token=SECRET)

    assert finding.verdict == "ok"
    assert WEBHOOK_URL in finding.what


async def test_none_yet_is_a_warning(build: BuildContext, telegram: TelegramServer) -> None:
    finding = await check_webhook(build, telegram)

    assert finding.verdict == "warning"
    assert "start the service" in finding.advice


@pytest.mark.parametrize("url", ["https://other.example.org/hush-hush", f"{WEBHOOK_URL}/hush-hush"])
async def test_another_address_is_a_problem_and_its_path_is_not_shown(
    build: BuildContext, telegram: TelegramServer, url: str
) -> None:
    finding = await check_webhook(build, telegram, url=url)

    assert finding.verdict == "problem"
    assert "hush-hush" not in repr(finding)


async def test_what_telegram_could_not_bring_is_told_with_what_mends_it(
    build: BuildContext, telegram: TelegramServer
) -> None:
    rows = [
        ("Wrong response from the webhook: 404 Not Found", "present secret"),
        ("Wrong response from the webhook: 502 Bad Gateway", "is the service running"),
        ("SSL error {error:0A000086:certificate verify failed}", "chain of certificates"),
        ("Connection timed out", "docs/webhook.md"),
    ]
    telegram.webhook_sender.is_paused = True
    for error, advice in rows:
        telegram.user(42).send("/start")
        waiting = await check_webhook(build, telegram, **failed_webhook(error))
        telegram.world.updates.pending.clear()
        over = await check_webhook(build, telegram, **failed_webhook(error))

        assert waiting.verdict == "problem", error
        assert error in waiting.what
        assert "1 wait" in waiting.what
        assert advice in waiting.advice, error
        assert over.verdict == "warning", error


async def test_trouble_of_long_ago_is_over(build: BuildContext, telegram: TelegramServer) -> None:
    finding = await check_webhook(build, telegram, **failed_webhook("Connection timed out", age=timedelta(days=2)))

    assert finding.verdict == "ok"


async def test_a_short_secret_is_a_warning(build: BuildContext, telegram: TelegramServer) -> None:
    case = build(
        TELEGRAM_BOT_TOKEN=telegram.token,
        TELEGRAM_API_URL=telegram.url,
        TELEGRAM_WEBHOOK_SECRET="Zq7x",
        PUBLIC_URL=PUBLIC_URL,
    )

    findings = await run_check(check_bot, case)

    assert statuses_by_name(findings)["webhook secret"] == "warning"
    assert "Zq7x" not in repr(findings)
