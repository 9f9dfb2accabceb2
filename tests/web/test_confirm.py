"""Saying yes: the page shows what will come, one press is enough, and the link is good for two days."""

from datetime import timedelta

import pytest

from digest.model import EndpointState, Locale, Target
from digest.reasons import Reason, ReasonCode
from tests.support.stores import TODAY, a_paper, take_in
from tests.web.reading import Page
from tests.web.site import Site
from tests.web.visitor import page_of, press, reader_at, say_yes, send

BOB = Target.email("bob@example.org")


async def asked(site: Site, **fields: object) -> str:
    """Sign Bob up; give the path of the link in his mail."""
    await send(site, typed={**fields, "email": BOB.address})
    return (await site.asked())[-1][1]


async def test_the_page_shows_what_will_come_and_asks_with_one_button(site: Site) -> None:
    path = await asked(site, scope="some", domain=["agents", "robotics"], hour="06:45", zone="Asia/Tokyo")

    page = await page_of(site, path)

    assert page.headline == "One press to go"
    assert page.buttons == ["Yes, send me the papers"]
    assert [one.text for one in page.all("dd")] == [
        "AI agents & tool use · Robotics, embodied AI & driving",
        "06:45 (Asia/Tokyo)",
    ]
    assert f"Send new papers to {BOB.address}?" in page.text


async def test_everything_is_called_so(site: Site) -> None:
    page = await page_of(site, await asked(site))

    assert page.all("dd")[0].text == "every domain"


async def test_after_yes_the_page_says_when_the_first_digest_comes_and_leads_to_the_preferences(
    site: Site,
) -> None:
    await asked(site, hour="06:45", zone="Asia/Tokyo")

    page = await say_yes(site, BOB.address)

    assert page.headline == "You are in"
    assert page.status == f"New papers come to {BOB.address}: every domain."
    assert "The first digest comes on Tue 27 Jan, 06:45 (Asia/Tokyo)." in page.text
    (link,) = (one["href"] for one in page.all("a") if one["class"] == "button quiet")
    preferences = await page_of(site, link.removeprefix(site.house.public_url))
    assert preferences.headline == "Your preferences"
    assert preferences.fields["hour"] == ["06:45"]


async def test_the_first_digest_brings_the_newest_report(site: Site) -> None:
    await take_in(site.store, TODAY, a_paper(1, "robotics"))
    await asked(site)
    await take_in(site.store, TODAY, a_paper(1, "robotics"), a_paper(2, "agents"))

    await say_yes(site, BOB.address)

    reader = await reader_at(site.store, BOB)
    assert (reader.subscriber.watermark, reader.subscriber.since) == (0, TODAY)


async def test_the_second_press_and_a_later_look_say_that_yes_was_said_already(site: Site) -> None:
    path = await asked(site)
    await say_yes(site, BOB.address)

    again = await press(site, path, "yes")
    looked = await page_of(site, path)
    site.clock.at += timedelta(days=30)
    late = await page_of(site, path)

    assert {one.headline for one in (again, looked, late)} == {"You have said yes already"}
    assert "b…@example.org" in looked.text
    assert BOB.address not in looked.text


async def test_a_link_that_was_answered_brings_nobody_back_who_left_since(site: Site) -> None:
    path = await asked(site)
    await say_yes(site, BOB.address)
    reader = await reader_at(site.store, BOB)
    await site.store.keys.stop(reader.endpoints[0].id, Reason(ReasonCode.BOT_BLOCKED), site.clock())

    await site.client.post(path, data={"token": path.rpartition("/")[2]})

    after = await reader_at(site.store, BOB)
    assert [one.state for one in after.endpoints] == [EndpointState.UNSUBSCRIBED]


@pytest.mark.parametrize(
    ("waited", "status"),
    [(timedelta(hours=48) - timedelta(seconds=1), 200), (timedelta(hours=48), 404), (timedelta(days=9), 404)],
)
async def test_the_link_is_good_for_two_days(site: Site, waited: timedelta, status: int) -> None:
    path = await asked(site)
    site.clock.at += waited

    looked = await site.client.get(path)
    pressed = await site.client.post(path, data={"token": path.rpartition("/")[2]})

    assert (looked.status_code, pressed.status_code) == (status, status)
    reader = await site.store.people.reader(BOB)
    assert (reader is not None) == (status == 200)
    if status == 404:
        assert Page(pressed.text).headline == "This link does not work any more"
        assert [one["href"] for one in Page(pressed.text).all("a", **{"class": "button"})] == ["/"]


async def test_an_earlier_link_is_worth_as_much_as_a_later_one_and_the_second_yes_finds_the_reader(
    site: Site,
) -> None:
    first = await asked(site, hour="06:00")
    site.clock.at += timedelta(hours=25)
    second = await asked(site, hour="21:00")

    await press(site, second, "yes")
    one = await reader_at(site.store, BOB)
    await press(site, first, "yes")
    other = await reader_at(site.store, BOB)

    assert one.subscriber.id == other.subscriber.id
    assert (one.preferences.minute, other.preferences.minute) == (21 * 60, 21 * 60)


async def test_whoever_reads_already_is_shown_and_keeps_what_they_chose(site: Site) -> None:
    await site.house.membership.enrol([BOB], ["robotics"], minute=420, zone="Asia/Tokyo", locale=Locale.EN)
    before = await reader_at(site.store, BOB)
    path = await asked(site, scope="some", domain=["agents"], hour="23:45", zone="UTC", locale=Locale.ZH)
    asked_about = await reader_at(site.store, BOB)

    question = await page_of(site, path)
    done = await say_yes(site, BOB.address)

    after = await reader_at(site.store, BOB)
    assert asked_about == before
    assert [one.text for one in question.all("dd")] == [
        "Robotics, embodied AI & driving",
        "07:00 (Asia/Tokyo)",
    ]
    assert "what you chose stays" in question.text
    assert "Robotics" in done.text
    assert after == before


@pytest.mark.parametrize("ends", ["pause", "leave"])
async def test_whoever_rested_or_left_comes_back_by_their_own_yes_with_what_they_chose(
    site: Site, ends: str
) -> None:
    await site.house.membership.enrol([BOB], ["robotics"], minute=420)
    before = await reader_at(site.store, BOB)
    if ends == "pause":
        await site.house.membership.pause(BOB)
    else:
        await site.store.keys.stop(before.endpoints[0].id, Reason(ReasonCode.BOT_BLOCKED), site.clock())
    resting = await reader_at(site.store, BOB)
    await asked(site, scope="some", domain=["agents"], hour="23:45")
    still_resting = await reader_at(site.store, BOB)

    await say_yes(site, BOB.address)

    after = await reader_at(site.store, BOB)
    assert still_resting == resting
    assert after.preferences == before.preferences
    assert [one.state for one in after.endpoints] == [EndpointState.ACTIVE]
    assert not after.subscriber.paused


async def test_the_page_speaks_the_language_of_the_sign_up_whatever_the_browser_wants(site: Site) -> None:
    path = await asked(site, locale=Locale.ZH, scope="some", domain=["robotics"])

    question = await page_of(site, path, "en")
    done = await say_yes(site, BOB.address)
    again = await page_of(site, path, "en")

    assert [one.headline for one in (question, done, again)] == ["只差一步", "订阅成功", "您已经确认过了"]
    assert question.buttons == ["是的，请把论文发给我"]
    assert "机器人" in question.text
    assert "1月26日 周一 08:00" in done.text


async def test_a_press_without_the_token_in_the_body_says_no_yes(site: Site) -> None:
    path = await asked(site)

    answer = await site.client.post(path, data={"do": "yes"})

    assert Page(answer.text).headline == "One press to go"
    assert await site.store.people.reader(BOB) is None


async def test_who_was_erased_since_has_no_link_any_more(site: Site) -> None:
    path = await asked(site)
    await say_yes(site, BOB.address)
    await site.house.membership.forget(BOB)

    answer = await site.client.get(path)

    assert answer.status_code == 404
