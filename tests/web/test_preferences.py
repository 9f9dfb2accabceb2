"""The page of preferences: everything is seen, saved and seen again; pause, channels, export and erasure."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from digest.model import DetailLevel, Endpoint, EndpointState, Frequency, Locale, Preferences, Target
from digest.model.links import TokenPurpose
from digest.services.editions import EditionService
from digest.storage.tables import endpoints
from tests.support.database import TODAY, make_paper, save_report
from tests.web.parsed_page import ParsedPage
from tests.web.running_site import ANN_TARGET, RunningSite
from tests.web.visitor import fetch_page, load_profile, press_button

CHAT = Target.telegram(42)


async def preferences_path(site: RunningSite) -> str:
    """Return the path of Ann's page."""
    return await site.page_path(TokenPurpose.PREFERENCES)


async def save_changes(site: RunningSite, **fields: object) -> ParsedPage:
    """Change some fields of Ann's page as it stands, and save."""
    path = await preferences_path(site)
    page = await fetch_page(site, path)
    answer = await site.client.post(path, data={**page.form_values, "do": "save", **fields})
    return ParsedPage(answer.text)


async def stored_preferences(site: RunningSite) -> Preferences:
    """Return what Ann has chosen."""
    return (await load_profile(site.store, ANN_TARGET)).preferences


async def add_chat(site: RunningSite) -> Endpoint:
    """Let Ann read in a chat too."""
    reader = await load_profile(site.store, ANN_TARGET)
    linked = await site.store.email_verification.link(reader.subscriber.id, CHAT)
    return next(one for one in linked.endpoints if one.target == CHAT)


async def states_by_target(site: RunningSite) -> dict[Target, EndpointState]:
    """Return the state of each of Ann's channels."""
    return {one.target: one.state for one in (await load_profile(site.store, ANN_TARGET)).endpoints}


async def set_state(site: RunningSite, place: Endpoint, state: EndpointState) -> None:
    """Let something have happened to a channel."""
    await site.store.database.write(
        lambda db: db.execute(update(endpoints).where(endpoints.c.id == place.id).values(state=state))
    )


async def test_the_page_shows_what_is_chosen(site: RunningSite) -> None:
    await site.deps.subscriptions.update_preferences(
        ANN_TARGET,
        domains=("robotics", "agents"),
        send_minute=405,
        timezone="Asia/Tokyo",
        frequency=Frequency.WEEKLY,
        weekday=4,
        max_papers=12,
        notify_when_empty=True,
        detail_level=DetailLevel.FULL,
        include_keywords=("diffusion", "世界模型"),
        mute_keywords=("survey",),
    )

    page = await fetch_page(site, await preferences_path(site))

    assert page.headline == "Your preferences"
    assert {name: value for name, value in page.form_values.items() if name != "token"} == {
        "scope": ["some"],
        "domain": ["agents", "robotics"],
        "hour": ["06:45"],
        "zone": ["Asia/Tokyo"],
        "rhythm": ["weekly"],
        "weekday": ["4"],
        "empty_days": ["on"],
        "most": ["12"],
        "layout": ["full"],
        "include": ["diffusion, 世界模型"],
        "mute": ["survey"],
        "locale": ["en"],
    }
    assert "The next digest comes on Fri 30 Jan, 06:45 (Asia/Tokyo)." in page.text


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"scope": "all"}, {"domains": None}),
    ({"domain": ["agents", "nlp", "robotics"]}, {"domains": ("nlp", "agents", "robotics")}),
    ({"hour": "23:59"}, {"send_minute": 1439}),
    ({"hour": "00:00"}, {"send_minute": 0}),
    ({"zone": "America/Argentina/Ushuaia"}, {"timezone": "America/Argentina/Ushuaia"}),
    ({"rhythm": "weekdays"}, {"frequency": Frequency.WEEKDAYS}),
    ({"rhythm": "weekly", "weekday": "6"}, {"frequency": Frequency.WEEKLY, "weekday": 6}),
    ({"most": "1"}, {"max_papers": 1}),
    ({"most": "1000"}, {"max_papers": 1000}),
    ({"most": ""}, {"max_papers": None}),
    ({"empty_days": "on"}, {"notify_when_empty": True}),
    ({"layout": "titles"}, {"detail_level": DetailLevel.TITLES}),
    ({"include": "diffusion, world model"}, {"include_keywords": ("diffusion", "world model")}),
    ({"mute": "survey"}, {"mute_keywords": ("survey",)}),
    ({"scope": "some", "domain": [], "include": "diffusion"}, {"domains": (), "include_keywords": ("diffusion",)}),
    ({"locale": "zh"}, {"locale": Locale.ZH}),
]


@pytest.mark.parametrize(("fields", "change"), CHANGES)
async def test_each_field_is_saved_alone_and_seen_again(
    site: RunningSite, fields: dict[str, Any], change: dict[str, Any]
) -> None:
    before = await stored_preferences(site)

    page = await save_changes(site, **fields)

    after = await stored_preferences(site)
    changed = {name for name in Preferences.__slots__ if getattr(after, name) != getattr(before, name)}
    assert changed == {name for name, value in change.items() if value != getattr(before, name)}
    for name, value in change.items():
        got = getattr(after, name)
        assert (sorted(got) if isinstance(got, tuple) else got) == (
            sorted(value) if isinstance(value, tuple) else value
        )
    assert page.status_text in ("Saved.", "已保存。")
    again = await fetch_page(site, await preferences_path(site))
    assert {name: sorted(again.form_values.get(name, [])) for name in fields} == {
        name: sorted(value) if isinstance(value, list) else [value] for name, value in fields.items()
    }


async def test_a_box_that_is_not_ticked_is_off(site: RunningSite) -> None:
    await site.deps.subscriptions.update_preferences(ANN_TARGET, notify_when_empty=True)
    path = await preferences_path(site)
    fields = {name: value for name, value in (await fetch_page(site, path)).form_values.items() if name != "empty_days"}

    await site.client.post(path, data={**fields, "do": "save"})

    assert not (await stored_preferences(site)).notify_when_empty


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"scope": "some", "domain": []}, {"domain": "Choose at least one domain, or all domains."}),
        ({"hour": "24:00"}, {"hour": "Enter a time such as 08:00, from 00:00 to 23:59."}),
        ({"zone": "Berlin"}, {"zone": "Choose a time zone from the list, such as Europe/Berlin."}),
        (
            {"include": "x" * 41},
            {"include": "Separate keywords with commas: at most 20, each of at most 40 characters."},
        ),
        (
            {"mute": ",".join(f"w{n}" for n in range(21))},
            {"mute": "Separate keywords with commas: at most 20, each of at most 40 characters."},
        ),
        ({"most": "ten"}, {"most": "Enter a number from 1 to 1000, or leave it empty for no limit."}),
    ],
    ids=str,
)
async def test_a_mistake_saves_nothing_and_is_told_at_its_field(
    site: RunningSite, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    before = await stored_preferences(site)

    page = await save_changes(site, **{"rhythm": "weekdays", "most": "5", **fields})

    assert page.field_errors == wrong
    assert page.error_messages == list(wrong.values())
    assert page.status_text == ""
    assert page.form_values["rhythm"] == ["weekdays"]
    assert await stored_preferences(site) == before


async def test_a_bound_is_a_number_from_1_to_1000(site: RunningSite) -> None:
    pages = [await save_changes(site, most=most) for most in ("0", "1001", "-1", "1.5", "٣", "9" * 5000)]

    assert [list(page.field_errors) for page in pages] == [["most"]] * 6
    assert (await stored_preferences(site)).max_papers is None


async def test_all_mistakes_are_told_at_once_and_what_was_typed_stands_there(site: RunningSite) -> None:
    page = await save_changes(site, domain=[], hour="8 o'clock", zone="Moon/Base", most="many", weekday="5")

    assert list(page.field_errors) == ["domain", "hour", "zone", "most"]
    assert len(page.error_messages) == 4
    assert (page.form_values["hour"], page.form_values["most"], page.form_values["weekday"]) == (
        ["8 o'clock"],
        ["many"],
        ["5"],
    )


async def test_mistakes_are_told_in_chinese(site: RunningSite) -> None:
    await site.deps.subscriptions.update_preferences(ANN_TARGET, locale=Locale.ZH)

    page = await save_changes(site, domain=[], hour="25:00", zone="x", most="0")

    assert page.headline == "您的偏好设置"
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in page.error_messages)
    assert len(page.error_messages) == 4


@pytest.mark.parametrize("fields", [{"rhythm": "hourly"}, {"weekday": "7"}, {"locale": "de"}, {"scope": "none"}])
async def test_what_no_form_of_ours_sends_leaves_what_was_chosen(site: RunningSite, fields: dict[str, str]) -> None:
    before = await stored_preferences(site)

    await save_changes(site, **fields)

    assert await stored_preferences(site) == before


async def test_the_page_changes_its_language_with_the_choice(site: RunningSite) -> None:
    page = await save_changes(site, locale="zh")

    assert (page.headline, page.status_text) == ("您的偏好设置", "已保存。")
    assert "保存" in page.button_labels


async def test_another_hour_after_todays_digest_gives_no_second_one(site: RunningSite) -> None:
    await save_report(site.store, TODAY, make_paper(1, "robotics"))
    site.clock.now = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    desk = EditionService(store=site.store.editions, clock=site.clock)
    await desk.queue_due_digests()

    page = await save_changes(site, hour="09:00")
    site.clock.now += timedelta(hours=2)
    await desk.queue_due_digests()

    assert "The next digest comes on Tue 27 Jan, 09:00 (UTC)." in page.text
    assert len(await site.store.outbox.list_deliveries()) == 1


async def test_a_pause_ends_what_waits_and_going_on_brings_the_next_turn(site: RunningSite) -> None:
    path = await preferences_path(site)

    paused = await press_button(site, path, "pause")
    resting = (await load_profile(site.store, ANN_TARGET)).subscriber
    resumed = await press_button(site, path, "resume")

    assert (resting.paused, resting.next_digest_at) == (True, None)
    assert "Delivery is paused: nothing is sent until you resume." in paused.text
    assert "Continue" in paused.button_labels
    assert "Pause delivery" not in paused.button_labels
    assert "The next digest comes on" in resumed.text
    after = (await load_profile(site.store, ANN_TARGET)).subscriber
    assert not after.paused
    assert after.next_digest_at is not None


async def test_saving_during_a_pause_keeps_the_pause(site: RunningSite) -> None:
    await press_button(site, await preferences_path(site), "pause")

    page = await save_changes(site, hour="09:00")

    assert "Delivery is paused" in page.text
    assert (await load_profile(site.store, ANN_TARGET)).subscriber.next_digest_at is None


async def test_each_channel_is_switched_off_and_on_by_itself(site: RunningSite) -> None:
    chat = await add_chat(site)
    path = await preferences_path(site)
    mail = (await load_profile(site.store, ANN_TARGET)).endpoints[0]

    for place, other in ((mail, CHAT), (chat, ANN_TARGET)):
        off = await press_button(site, path, "off", endpoint=str(place.id))
        assert await states_by_target(site) == {place.target: EndpointState.UNSUBSCRIBED, other: EndpointState.ACTIVE}
        assert "switched off" in off.text
        assert (await load_profile(site.store, ANN_TARGET)).subscriber.next_digest_at is not None
        on = await press_button(site, path, "on", endpoint=str(place.id))
        assert set((await states_by_target(site)).values()) == {EndpointState.ACTIVE}
        assert "switched off" not in on.text


async def test_a_button_says_which_channel_it_switches(site: RunningSite) -> None:
    await add_chat(site)

    page = await fetch_page(site, await preferences_path(site))

    named = [
        " ".join(page.find_by_id(name).text for name in one["aria-labelledby"].split())
        for one in page.find_all("button")
        if one["aria-labelledby"]
    ]
    assert named == ["Switch off a…@example.org", "Switch off …42"]


async def test_without_any_channel_nothing_is_sent_and_the_page_says_so(site: RunningSite) -> None:
    path = await preferences_path(site)
    mail = (await load_profile(site.store, ANN_TARGET)).endpoints[0]

    page = await press_button(site, path, "off", endpoint=str(mail.id))

    assert "Nothing is sent at the moment" in page.text
    assert (await load_profile(site.store, ANN_TARGET)).subscriber.next_digest_at is None


@pytest.mark.parametrize("word", ["start", "subscribe"])
async def test_a_chat_that_was_switched_off_here_comes_back_by_its_own_word(site: RunningSite, word: str) -> None:
    chat = await add_chat(site)
    await press_button(site, await preferences_path(site), "off", endpoint=str(chat.id))

    await site.deps.subscriptions.update_preferences(CHAT, send_minute=60)
    asked_little = await states_by_target(site)
    if word == "start":
        await site.deps.subscriptions.get_or_create(CHAT)
    else:
        await site.deps.subscriptions.subscribe(CHAT, ["agents"])

    assert asked_little[CHAT] is EndpointState.UNSUBSCRIBED
    assert (await states_by_target(site))[CHAT] is EndpointState.ACTIVE
    assert (await stored_preferences(site)).send_minute == 60


async def test_what_is_queued_for_a_channel_that_is_switched_off_is_cancelled_there_alone(site: RunningSite) -> None:
    await add_chat(site)
    await save_report(site.store, TODAY, make_paper(1, "robotics"))
    site.clock.now = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    await EditionService(store=site.store.editions, clock=site.clock).queue_due_digests()
    mail = (await load_profile(site.store, ANN_TARGET)).endpoints[0]

    await press_button(site, await preferences_path(site), "off", endpoint=str(mail.id))

    assert {row.target: row.state for row in await site.store.outbox.list_deliveries()} == {
        ANN_TARGET: "cancelled",
        CHAT: "due",
    }


@pytest.mark.parametrize(
    ("state", "said", "comes_back"),
    [
        (EndpointState.SUPPRESSED, "inactive: emails bounced too often", False),
        (EndpointState.UNREACHABLE, "inactive: could not be reached", True),
        (EndpointState.UNSUBSCRIBED, "switched off", True),
    ],
)
async def test_a_channel_that_does_not_receive_says_why_and_comes_back_where_it_may(
    site: RunningSite,
    state: EndpointState,
    said: str,
    comes_back: bool,  # noqa: FBT001 - a column of the table
) -> None:
    chat = await add_chat(site)
    await set_state(site, chat, state)
    path = await preferences_path(site)

    page = await fetch_page(site, path)
    await press_button(site, path, "on", endpoint=str(chat.id))

    assert said in page.text
    assert ("Switch on" in page.button_labels) == comes_back
    assert (await states_by_target(site))[CHAT] is (EndpointState.ACTIVE if comes_back else state)


async def test_a_channel_that_is_not_theirs_is_not_switched(site: RunningSite) -> None:
    path = await preferences_path(site)

    pages = [await press_button(site, path, "off", endpoint=number) for number in ("", "0", "-1", "x", "9" * 30, "²")]

    assert {page.headline for page in pages} == {"Your preferences"}
    assert await states_by_target(site) == {ANN_TARGET: EndpointState.ACTIVE}


async def test_the_download_holds_everything_that_is_known_and_nothing_that_opens(site: RunningSite) -> None:
    await add_chat(site)
    await save_report(site.store, TODAY, make_paper(1, "robotics"))
    site.clock.now = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    await EditionService(store=site.store.editions, clock=site.clock).queue_due_digests()
    path = await preferences_path(site)
    token = path.rpartition("/")[2]

    answer = await site.client.post(path, data={"token": token, "do": "export"})

    record = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="paper-digest.json"'
    (subscriber,) = record["subscriber"]
    assert {name: subscriber[name] for name in ("send_minute", "timezone", "frequency", "locale", "paused")} == {
        "send_minute": 480,
        "timezone": "UTC",
        "frequency": "daily",
        "locale": "en",
        "paused": False,
    }
    assert [one["slug"] for one in record["domains"]] == ["robotics"]
    assert [(one["channel"], one["address"], one["state"]) for one in record["endpoints"]] == [
        ("email", ANN_TARGET.address, "active"),
        ("telegram", "42", "active"),
    ]
    assert [one["content"]["papers"][0]["paper_id"] for one in record["deliveries"]] == ["2601.00001"] * 2
    assert {one["purpose"] for one in record["links"]} == {"unsubscribe", "preferences"}
    assert token not in answer.text


@pytest.mark.parametrize("locale", list(Locale))
async def test_erasing_asks_first_and_then_erases(site: RunningSite, locale: Locale) -> None:
    await add_chat(site)
    await site.deps.subscriptions.update_preferences(ANN_TARGET, locale=locale)
    path = await preferences_path(site)

    question = await press_button(site, path, "erase")
    asked = await site.store.subscribers.find_profile(ANN_TARGET)
    kept = await press_button(site, path, "keep")
    done = await press_button(site, path, "erase really")
    later = await site.client.get(path, params={"lang": locale})

    heads = {
        Locale.EN: ("Erase all data?", "Your preferences", "This subscription has ended"),
        Locale.ZH: ("删除全部数据？", "您的偏好设置", "订阅已结束"),
    }[locale]
    assert (question.headline, kept.headline, done.headline) == heads
    assert [one.text for one in question.find_all("li")] == ["a…@example.org", "…42"]
    assert asked is not None
    assert await site.store.subscribers.list_profiles() == []
    assert ParsedPage(later.text).headline == heads[2]


async def test_every_button_in_chinese(site: RunningSite) -> None:
    chat = await add_chat(site)
    await site.deps.subscriptions.update_preferences(ANN_TARGET, locale=Locale.ZH)
    path = await preferences_path(site)

    said = [
        (await press_button(site, path, "pause")).status_text,
        (await press_button(site, path, "resume")).status_text,
        (await press_button(site, path, "off", endpoint=str(chat.id))).status_text,
        (await press_button(site, path, "on", endpoint=str(chat.id))).status_text,
    ]

    assert said == ["已保存。"] * 4


async def test_a_form_without_the_token_does_nothing_and_says_what_to_do(site: RunningSite) -> None:
    answer = await site.client.post(await preferences_path(site), data={"do": "pause"})

    assert answer.status_code == 422
    assert ParsedPage(answer.text).error_messages == ["Please use the buttons on this page."]
    assert not (await load_profile(site.store, ANN_TARGET)).subscriber.paused
