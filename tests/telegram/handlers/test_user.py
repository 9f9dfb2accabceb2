"""One reader, asked for by any of their names, over HTTP."""

import pytest
from structlog.testing import capture_logs

from digest.model import Target
from digest.model.reasons import telegram_error
from digest.services.broadcasts import Audience
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.telegram.chat_app import ADMIN, ChatApp
from tests.telegram.conversation import send_and_wait

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


async def add_ann(chat_app: ChatApp) -> int:
    """Let Ann read robotics in a chat and by mail, in Shanghai; give her number."""
    reader = await chat_app.deps.subscriptions.add_subscriber(
        [Target.telegram(424242), Target.email("ann@example.org")], ["robotics"], timezone="Asia/Shanghai"
    )
    return reader.subscriber.id


async def test_a_reader_is_found_by_each_of_their_names(chat_app: ChatApp, admin: Person) -> None:
    number = await add_ann(chat_app)

    told = [
        (await send_and_wait(admin, words)).text
        for words in ("/user 424242", "/user Ann@Example.org", f"/user #{number}", f"用户 ＃{number}")
    ]

    assert len(set(told)) == 1
    for part in (
        f"Subscriber #{number}",
        "Follows: “Robotics, embodied AI & driving”",
        "every day at 08:00 (Asia/Shanghai), English",
        "Next digest: Sun 25 Jan, 08:00 (Asia/Shanghai), for you Sun 25 Jan, 00:00 (UTC)",
        "Telegram 424242 · active",
        "ann@example.org · active",
        "Latest deliveries\nnone yet",
    ):
        assert part in told[0]


async def test_an_address_that_does_not_receive_says_why(chat_app: ChatApp, admin: Person) -> None:
    await add_ann(chat_app)
    await chat_app.deps.subscriptions.mark_unreachable(Target.telegram(424242), telegram_error("the bot was <blocked>"))

    told = (await send_and_wait(admin, "/user 424242")).text

    assert "Telegram 424242 · unreachable until they write again" in told
    assert "the bot was <blocked>" in told


async def test_the_last_ten_deliveries_are_shown_with_their_states(chat_app: ChatApp, admin: Person) -> None:
    await add_ann(chat_app)
    for _ in range(6):
        await chat_app.store.broadcasts.queue("hello", Audience(), "7", chat_app.clock())
    newest = (await chat_app.store.outbox.list_deliveries())[0].id
    await chat_app.store.outbox.cancel([newest], chat_app.clock())

    told = (await send_and_wait(admin, "/user ann@example.org")).text

    assert told.count(" · broadcast ") == 10
    assert f"#{newest} · broadcast 6 · cancelled since" in told
    assert "cancelled by an admin" in told


async def test_whoever_paused_or_follows_nothing_has_no_next_digest_and_it_says_why(
    telegram: TelegramServer, admin: Person
) -> None:
    resting, new = telegram.user(42), telegram.user(43)
    await send_and_wait(resting, "/subscribe robotics")
    await send_and_wait(resting, "/pause")
    await send_and_wait(new, "/subscribe robotics")
    await send_and_wait(new, "/unsubscribe robotics")

    assert "none, paused" in (await send_and_wait(admin, "/user 42")).text
    assert "none, nothing followed" in (await send_and_wait(admin, "/user 43")).text


async def test_each_topic_of_a_forum_is_shown(chat_app: ChatApp, admin: Person) -> None:
    for thread in (None, 5):
        await chat_app.deps.subscriptions.subscribe(Target.telegram(-100, thread), ["robotics"])

    first = await send_and_wait(admin, "/user -100")
    second = await admin.wait_for_message()

    assert "Telegram -100 · active" in first.text
    assert "Telegram -100/5 · active" in second.text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/user", "Which subscriber?"),
        ("/user @ann", "Usernames are not stored"),
        ("/user 99", "Nobody was found for “99”"),
        ("/user #99", "Nobody was found for “#99”"),
        ("/user nobody@example.org", "Nobody was found for"),
        ("/user what is this", "Which subscriber?"),
        ("/user <b>", "Which subscriber?"),
        (f"/user {'9' * 400}", "Which subscriber?"),
    ],
)
async def test_whom_nobody_knows_is_told_with_what_to_type(admin: Person, words: str, told: str) -> None:
    answer = (await send_and_wait(admin, words)).text

    assert told in answer
    assert "/user" in answer


async def test_no_address_gets_into_the_log(chat_app: ChatApp, admin: Person) -> None:
    await add_ann(chat_app)

    with capture_logs() as logs:
        await send_and_wait(admin, "/user ann@example.org")
        await send_and_wait(admin, "/user nobody@example.org")

    assert "example.org" not in str(logs)
