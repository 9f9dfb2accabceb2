"""People in a private chat, a forum's topics and a channel, from the first tap to the digest that arrives."""

from pathlib import Path

import pytest

from digest.model import DeliveryState
from tests.e2e.environment import count_states, make_everybody_due, service_settings
from tests.support.program import running_service
from tests.support.telegram_chat_actions import set_bot_status, without_bot
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import GroupChat, Person

FORUM_ID, CHANNEL_ID = -100600, -100500
ROBOTICS_TOPIC, VIDEO_TOPIC = 5, 6
MESSAGE_TIMEOUT = 200


@pytest.fixture
def settings(tmp_path: Path, telegram: TelegramServer) -> dict[str, str]:
    """Return the settings of a service that talks to the stand-in."""
    return service_settings(tmp_path, telegram)


async def complete_onboarding(person: Person) -> None:
    """Choose two domains, get the day's papers at once, and say at which hour the next ones come."""
    person.send("/start")
    hello = await person.wait_for_message("reads the day's new research papers")
    for tap in ("Robotics", "Video", "Done"):
        edits = hello.edit_count
        await person.tap(tap, on=hello).wait_for_answer()
        await person.wait_for_edit(hello, after=edits)
    digest = await person.wait_for_message("of 27 new papers")
    question = await person.wait_for_message("Is that right?")
    await person.tap("21:00", on=question).wait_for_answer()
    await person.wait_for_edit(question, "All set.")
    assert "21:00" in question.text

    await person.tap("1", on=digest).wait_for_answer()
    paper = await person.wait_for_message("Contribution")
    await person.tap("Save", on=paper).wait_for_answer()
    person.send("/saved")
    await person.wait_for_message("1.")


async def set_up_topics(boss: Person, forum: GroupChat) -> None:
    """Return two topics of a forum a domain each, one by words and one by taps, from inside."""
    boss.send("/subscribe@paper_digest_test_bot robotics", to=forum, thread=ROBOTICS_TOPIC)
    assert (await forum.wait_for_message("You now follow")).thread_id == ROBOTICS_TOPIC
    boss.send("/start@paper_digest_test_bot", to=forum, thread=VIDEO_TOPIC)
    hello = await forum.wait_for_message("What would you like to receive")
    await boss.tap("Video", on=hello).wait_for_answer()
    await forum.wait_for_edit(hello, "You follow “Video")


async def set_up_channel(boss: Person, channel: GroupChat) -> None:
    """Put the bot into a channel, and choose for it in the private chat."""
    set_bot_status(channel, "administrator", by=boss)
    question = await boss.wait_for_message("I have been added to Daily Papers")
    await boss.tap("Video", on=question).wait_for_answer()
    await boss.wait_for_edit(question)


async def test_everybody_is_served_where_they_are(settings: dict[str, str], telegram: TelegramServer) -> None:
    boss, member = telegram.user(42), telegram.user(43)
    forum, channel = telegram.group(FORUM_ID, forum=True), without_bot(telegram.channel(CHANNEL_ID))
    forum.add_member(boss, "creator")
    forum.add_member(member)
    channel.add_member(boss, "creator")
    for topic in (ROBOTICS_TOPIC, VIDEO_TOPIC):
        forum.add_topic(topic)
    async with running_service(settings) as service:
        await service.wait_for_log("telegram: answering")
        await service.wait_for_log("report taken in")
        await complete_onboarding(boss)
        await set_up_topics(boss, forum)
        await set_up_channel(boss, channel)
        had = len(boss.messages)

        await make_everybody_due(settings)
        two = [await forum.wait_for_message("of 27 new papers", timeout=MESSAGE_TIMEOUT) for _ in range(2)]
        digests = {one.thread_id: one for one in two}
        post = await channel.wait_for_message("of 27 new papers", timeout=MESSAGE_TIMEOUT)
        peek = await member.tap("1", on=digests[ROBOTICS_TOPIC]).wait_for_answer()
        assert await service.stop() == 0

    assert digests[ROBOTICS_TOPIC].text.splitlines()[1:3] == ["Robotics, embodied AI & driving", "4 of 27 new papers"]
    assert digests[VIDEO_TOPIC].text.splitlines()[1:3] == ["Video understanding & generation", "5 of 27 new papers"]
    assert post.text.splitlines()[1:3] == ["Video understanding & generation", "5 of 27 new papers"]
    assert peek.alert
    assert len(peek.text or "") > 20
    assert len(boss.messages) == had
    assert await count_states(settings) == {DeliveryState.SENT: 3}, "what was shown at once does not come again"
