"""The bot, as Telegram knows it."""

from digest.app.doctor.checks import CheckContext
from digest.app.doctor.telegram import check_bot
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name
from tests.support.telegram_faults import HangReply, TelegramRefusal
from tests.support.telegram_proxy_replies import FOREIGN_REPLIES
from tests.support.telegram_server import TelegramServer


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
    assert "something other than Telegram answered (401" in findings["bot"].what
    assert "proxy" in findings["bot"].advice


async def test_a_telegram_that_is_silent_or_broken_is_not_checked(
    build: BuildContext, telegram: TelegramServer
) -> None:
    telegram.plan_fault(HangReply(seconds=5), method="getMe")
    silent = statuses_by_name(await run_check(check_bot, telegram_context(build, telegram)))
    telegram.plan_fault(TelegramRefusal(status=502, description="Bad Gateway"), method="getWebhookInfo")
    broken = statuses_by_name(await run_check(check_bot, telegram_context(build, telegram)))

    assert silent["bot"] == "not checked"
    assert "webhook" not in silent
    assert "webhook" not in broken
    assert broken["bot"] == "not checked"


async def test_without_a_token_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_bot, build())) == {"bot": "not checked"}
