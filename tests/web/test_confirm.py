"""Saying yes: the page shows what will come, one press is enough, and the link is good for two days."""

from datetime import timedelta

import pytest

from digest.model import EndpointState, Locale, Target
from digest.model.reasons import Reason, ReasonCode
from tests.support.database import TODAY, make_paper, save_report
from tests.web.parsed_page import ParsedPage
from tests.web.running_site import RunningSite
from tests.web.visitor import confirm_signup, fetch_page, load_profile, press_button, submit_form

BOB = Target.email("bob@example.org")


async def sign_up_bob(site: RunningSite, **fields: object) -> str:
    """Sign Bob up; give the path of the link in his mail."""
    await submit_form(site, changes={**fields, "email": BOB.address})
    return (await site.pending_confirmations())[-1][1]


async def test_the_page_shows_what_will_come_and_asks_with_one_button(site: RunningSite) -> None:
    path = await sign_up_bob(site, scope="some", domain=["agents", "robotics"], hour="06:45", zone="Asia/Tokyo")

    page = await fetch_page(site, path)

    assert page.headline == "One more step"
    assert page.button_labels == ["Yes, send me the papers"]
    assert [one.text for one in page.find_all("dd")] == [
        "AI agents & tool use · Robotics, embodied AI & driving",
        "06:45 (Asia/Tokyo)",
    ]
    assert f"Send new papers to {BOB.address}?" in page.text


async def test_everything_is_called_so(site: RunningSite) -> None:
    page = await fetch_page(site, await sign_up_bob(site))

    assert page.find_all("dd")[0].text == "every domain"


async def test_after_yes_the_page_says_when_the_first_digest_comes_and_leads_to_the_preferences(
    site: RunningSite,
) -> None:
    await sign_up_bob(site, hour="06:45", zone="Asia/Tokyo")

    page = await confirm_signup(site, BOB.address)

    assert page.headline == "Subscription confirmed"
    assert page.status_text == f"New papers will be sent to {BOB.address}: every domain."
    assert "The first digest comes on Tue 27 Jan, 06:45 (Asia/Tokyo)." in page.text
    (link,) = (one["href"] for one in page.find_all("a") if one["class"] == "button quiet")
    preferences = await fetch_page(site, link.removeprefix(site.deps.public_url))
    assert preferences.headline == "Your preferences"
    assert preferences.form_values["hour"] == ["06:45"]


async def test_the_first_digest_brings_the_newest_report(site: RunningSite) -> None:
    await save_report(site.store, TODAY, make_paper(1, "robotics"))
    await sign_up_bob(site)
    await save_report(site.store, TODAY, make_paper(1, "robotics"), make_paper(2, "agents"))

    await confirm_signup(site, BOB.address)

    reader = await load_profile(site.store, BOB)
    assert (reader.subscriber.last_paper_seq, reader.subscriber.papers_since) == (0, TODAY)


async def test_the_second_press_and_a_later_look_say_that_yes_was_said_already(site: RunningSite) -> None:
    path = await sign_up_bob(site)
    await confirm_signup(site, BOB.address)

    again = await press_button(site, path, "yes")
    looked = await fetch_page(site, path)
    site.clock.now += timedelta(days=30)
    late = await fetch_page(site, path)

    assert {one.headline for one in (again, looked, late)} == {"You have already confirmed"}
    assert "b…@example.org" in looked.text
    assert BOB.address not in looked.text


async def test_a_link_that_was_answered_brings_nobody_back_who_left_since(site: RunningSite) -> None:
    path = await sign_up_bob(site)
    await confirm_signup(site, BOB.address)
    reader = await load_profile(site.store, BOB)
    await site.store.link_tokens.deactivate(reader.endpoints[0].id, Reason(ReasonCode.BOT_BLOCKED), site.clock())

    await site.client.post(path, data={"token": path.rpartition("/")[2]})

    after = await load_profile(site.store, BOB)
    assert [one.state for one in after.endpoints] == [EndpointState.UNSUBSCRIBED]


@pytest.mark.parametrize(
    ("waited", "status"),
    [(timedelta(hours=48) - timedelta(seconds=1), 200), (timedelta(hours=48), 404), (timedelta(days=9), 404)],
)
async def test_the_link_is_good_for_two_days(site: RunningSite, waited: timedelta, status: int) -> None:
    path = await sign_up_bob(site)
    site.clock.now += waited

    looked = await site.client.get(path)
    pressed = await site.client.post(path, data={"token": path.rpartition("/")[2]})

    assert (looked.status_code, pressed.status_code) == (status, status)
    reader = await site.store.subscribers.find_profile(BOB)
    assert (reader is not None) == (status == 200)
    if status == 404:
        assert ParsedPage(pressed.text).headline == "This link is no longer valid"
        assert [one["href"] for one in ParsedPage(pressed.text).find_all("a", **{"class": "button"})] == ["/"]


async def test_an_earlier_link_is_worth_as_much_as_a_later_one_and_the_second_yes_finds_the_reader(
    site: RunningSite,
) -> None:
    first = await sign_up_bob(site, hour="06:00")
    site.clock.now += timedelta(hours=25)
    second = await sign_up_bob(site, hour="21:00")

    await press_button(site, second, "yes")
    one = await load_profile(site.store, BOB)
    await press_button(site, first, "yes")
    other = await load_profile(site.store, BOB)

    assert one.subscriber.id == other.subscriber.id
    assert (one.preferences.send_minute, other.preferences.send_minute) == (21 * 60, 21 * 60)


async def test_whoever_reads_already_is_shown_and_keeps_what_they_chose(site: RunningSite) -> None:
    await site.deps.subscriptions.add_subscriber(
        [BOB], ["robotics"], send_minute=420, timezone="Asia/Tokyo", locale=Locale.EN
    )
    before = await load_profile(site.store, BOB)
    path = await sign_up_bob(site, scope="some", domain=["agents"], hour="23:45", zone="UTC", locale=Locale.ZH)
    asked_about = await load_profile(site.store, BOB)

    question = await fetch_page(site, path)
    done = await confirm_signup(site, BOB.address)

    after = await load_profile(site.store, BOB)
    assert asked_about == before
    assert [one.text for one in question.find_all("dd")] == ["Robotics, embodied AI & driving", "07:00 (Asia/Tokyo)"]
    assert "your preferences are unchanged" in question.text
    assert "Robotics" in done.text
    assert after == before


@pytest.mark.parametrize("ends", ["pause", "leave"])
async def test_whoever_rested_or_left_comes_back_by_their_own_yes_with_what_they_chose(
    site: RunningSite, ends: str
) -> None:
    await site.deps.subscriptions.add_subscriber([BOB], ["robotics"], send_minute=420)
    before = await load_profile(site.store, BOB)
    if ends == "pause":
        await site.deps.subscriptions.pause(BOB)
    else:
        await site.store.link_tokens.deactivate(before.endpoints[0].id, Reason(ReasonCode.BOT_BLOCKED), site.clock())
    resting = await load_profile(site.store, BOB)
    await sign_up_bob(site, scope="some", domain=["agents"], hour="23:45")
    still_resting = await load_profile(site.store, BOB)

    await confirm_signup(site, BOB.address)

    after = await load_profile(site.store, BOB)
    assert still_resting == resting
    assert after.preferences == before.preferences
    assert [one.state for one in after.endpoints] == [EndpointState.ACTIVE]
    assert not after.subscriber.paused


async def test_the_page_speaks_the_language_of_the_sign_up_whatever_the_browser_wants(site: RunningSite) -> None:
    path = await sign_up_bob(site, locale=Locale.ZH, scope="some", domain=["robotics"])

    question = await fetch_page(site, path, "en")
    done = await confirm_signup(site, BOB.address)
    again = await fetch_page(site, path, "en")

    assert [one.headline for one in (question, done, again)] == ["只差一步", "订阅成功", "您已经确认过了"]
    assert question.button_labels == ["是的，请把论文发给我"]
    assert "机器人" in question.text
    assert "1月26日 周一 08:00" in done.text


async def test_a_press_without_the_token_in_the_body_says_no_yes(site: RunningSite) -> None:
    path = await sign_up_bob(site)

    answer = await site.client.post(path, data={"do": "yes"})

    assert ParsedPage(answer.text).headline == "One more step"
    assert await site.store.subscribers.find_profile(BOB) is None


async def test_who_was_erased_since_has_no_link_any_more(site: RunningSite) -> None:
    path = await sign_up_bob(site)
    await confirm_signup(site, BOB.address)
    await site.deps.subscriptions.erase(BOB)

    answer = await site.client.get(path)

    assert answer.status_code == 404
