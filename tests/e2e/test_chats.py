"""People in a private chat, a forum's topics and a channel, from the first tap to the digest that arrives."""

from pathlib import Path

import pytest

from digest.model import DeliveryState
from tests.e2e.ground import let_their_hour_come, states, telegram_settings
from tests.support.program import running_service
from tests.support.telegram_moves import absent, place_bot
from tests.support.telegram_people import Group, Person
from tests.support.telegram_server import TelegramServer

FORUM, CHANNEL = -100600, -100500
ROBOTS, FILMS = 5, 6
PATIENCE = 200


@pytest.fixture
def settings(tmp_path: Path, telegram: TelegramServer) -> dict[str, str]:
    """Give the settings of a service that talks to the stand-in."""
    return telegram_settings(tmp_path, telegram)


async def taps_through_the_first_minute(person: Person) -> None:
    """Choose two domains, get the day's papers at once, and say at which hour the next ones come."""
    person.send("/start")
    hello = await person.wait_for_message("reads the day's new research papers")
    for tap in ("Robotics", "Video", "Done"):
        edits = hello.edits
        await person.tap(tap, on=hello).answered()
        await person.wait_for_edit(hello, after=edits)
    digest = await person.wait_for_message("of 27 new papers")
    question = await person.wait_for_message("Does that suit you?")
    await person.tap("21:00", on=question).answered()
    await person.wait_for_edit(question, "All set.")
    assert "21:00" in question.text

    await person.tap("1", on=digest).answered()
    paper = await person.wait_for_message("Contribution")
    await person.tap("Save", on=paper).answered()
    person.send("/saved")
    await person.wait_for_message("1.")


async def sets_up_topics(boss: Person, forum: Group) -> None:
    """Give two topics of a forum a domain each, one by words and one by taps, from inside."""
    boss.send("/subscribe@paper_digest_test_bot robotics", to=forum, thread=ROBOTS)
    assert (await forum.wait_for_message("You now follow")).thread == ROBOTS
    boss.send("/start@paper_digest_test_bot", to=forum, thread=FILMS)
    hello = await forum.wait_for_message("What may I send")
    await boss.tap("Video", on=hello).answered()
    await forum.wait_for_edit(hello, "You follow “Video")


async def sets_up_a_channel(boss: Person, channel: Group) -> None:
    """Put the bot into a channel, and choose for it in the private chat."""
    place_bot(channel, "administrator", by=boss)
    question = await boss.wait_for_message("I am in Daily Papers now")
    await boss.tap("Video", on=question).answered()
    await boss.wait_for_edit(question)


async def test_everybody_is_served_where_they_are(settings: dict[str, str], telegram: TelegramServer) -> None:
    boss, member = telegram.user(42), telegram.user(43)
    forum, channel = telegram.group(FORUM, forum=True), absent(telegram.channel(CHANNEL))
    forum.member(boss, "creator")
    forum.member(member)
    channel.member(boss, "creator")
    for topic in (ROBOTS, FILMS):
        forum.add_topic(topic)
    async with running_service(settings) as service:
        await service.says("telegram: answering")
        await service.says("report taken in")
        await taps_through_the_first_minute(boss)
        await sets_up_topics(boss, forum)
        await sets_up_a_channel(boss, channel)
        had = len(boss.messages)

        await let_their_hour_come(settings)
        two = [await forum.wait_for_message("of 27 new papers", timeout=PATIENCE) for _ in range(2)]
        digests = {one.thread: one for one in two}
        post = await channel.wait_for_message("of 27 new papers", timeout=PATIENCE)
        peek = await member.tap("1", on=digests[ROBOTS]).answered()
        assert await service.stop() == 0

    assert digests[ROBOTS].text.splitlines()[1:3] == ["Robotics, embodied AI & driving", "4 of 27 new papers"]
    assert digests[FILMS].text.splitlines()[1:3] == ["Video understanding & generation", "5 of 27 new papers"]
    assert post.text.splitlines()[1:3] == ["Video understanding & generation", "5 of 27 new papers"]
    assert peek.alert
    assert len(peek.text or "") > 20
    assert len(boss.messages) == had
    assert await states(settings) == {DeliveryState.SENT: 3}, "what was shown at once does not come again"
