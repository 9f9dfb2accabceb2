"""The page of preferences: everything is seen, saved and seen again; pause, channels, export and erasure."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from digest.edition import EditionDesk
from digest.links import Purpose
from digest.model import Endpoint, EndpointState, Layout, Locale, Preferences, Rhythm, Target
from digest.store.tables import endpoints
from tests.support.stores import TODAY, a_paper, take_in
from tests.web.reading import Page
from tests.web.site import ANN, Site
from tests.web.visitor import page_of, press, reader_at

CHAT = Target.telegram(42)


async def own(site: Site) -> str:
    """Give the path of Ann's page."""
    return await site.path(Purpose.PREFERENCES)


async def save(site: Site, **fields: object) -> Page:
    """Change some fields of Ann's page as it stands, and save."""
    path = await own(site)
    page = await page_of(site, path)
    answer = await site.client.post(path, data={**page.fields, "do": "save", **fields})
    return Page(answer.text)


async def chosen(site: Site) -> Preferences:
    """Give what Ann has chosen."""
    return (await reader_at(site.store, ANN)).preferences


async def with_chat(site: Site) -> Endpoint:
    """Let Ann read in a chat too."""
    reader = await reader_at(site.store, ANN)
    linked = await site.store.addresses.link(reader.subscriber.id, CHAT)
    return next(one for one in linked.endpoints if one.target == CHAT)


async def states(site: Site) -> dict[Target, EndpointState]:
    """Give the state of each of Ann's channels."""
    return {one.target: one.state for one in (await reader_at(site.store, ANN)).endpoints}


async def set_state(site: Site, place: Endpoint, state: EndpointState) -> None:
    """Let something have happened to a channel."""
    await site.store.database.write(
        lambda db: db.execute(update(endpoints).where(endpoints.c.id == place.id).values(state=state))
    )


async def test_the_page_shows_what_is_chosen(site: Site) -> None:
    await site.house.membership.change(
        ANN,
        domains=("robotics", "agents"),
        minute=405,
        zone="Asia/Tokyo",
        rhythm=Rhythm.WEEKLY,
        weekday=4,
        most=12,
        empty_days=True,
        layout=Layout.FULL,
        include=("diffusion", "世界模型"),
        mute=("survey",),
    )

    page = await page_of(site, await own(site))

    assert page.headline == "Your preferences"
    assert {name: value for name, value in page.fields.items() if name != "token"} == {
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
    ({"hour": "23:59"}, {"minute": 1439}),
    ({"hour": "00:00"}, {"minute": 0}),
    ({"zone": "America/Argentina/Ushuaia"}, {"zone": "America/Argentina/Ushuaia"}),
    ({"rhythm": "weekdays"}, {"rhythm": Rhythm.WEEKDAYS}),
    ({"rhythm": "weekly", "weekday": "6"}, {"rhythm": Rhythm.WEEKLY, "weekday": 6}),
    ({"most": "1"}, {"most": 1}),
    ({"most": "1000"}, {"most": 1000}),
    ({"most": ""}, {"most": None}),
    ({"empty_days": "on"}, {"empty_days": True}),
    ({"layout": "titles"}, {"layout": Layout.TITLES}),
    ({"include": "diffusion, world model"}, {"include": ("diffusion", "world model")}),
    ({"mute": "survey"}, {"mute": ("survey",)}),
    (
        {"scope": "some", "domain": [], "include": "diffusion"},
        {"domains": (), "include": ("diffusion",)},
    ),
    ({"locale": "zh"}, {"locale": Locale.ZH}),
]


@pytest.mark.parametrize(("fields", "change"), CHANGES)
async def test_each_field_is_saved_alone_and_seen_again(
    site: Site, fields: dict[str, Any], change: dict[str, Any]
) -> None:
    before = await chosen(site)

    page = await save(site, **fields)

    after = await chosen(site)
    changed = {name for name in Preferences.__slots__ if getattr(after, name) != getattr(before, name)}
    assert changed == {name for name, value in change.items() if value != getattr(before, name)}
    for name, value in change.items():
        got = getattr(after, name)
        assert (sorted(got) if isinstance(got, tuple) else got) == (
            sorted(value) if isinstance(value, tuple) else value
        )
    assert page.status in ("Saved.", "已保存。")
    again = await page_of(site, await own(site))
    assert {name: sorted(again.fields.get(name, [])) for name in fields} == {
        name: sorted(value) if isinstance(value, list) else [value] for name, value in fields.items()
    }


async def test_a_box_that_is_not_ticked_is_off(site: Site) -> None:
    await site.house.membership.change(ANN, empty_days=True)
    path = await own(site)
    fields = {
        name: value for name, value in (await page_of(site, path)).fields.items() if name != "empty_days"
    }

    await site.client.post(path, data={**fields, "do": "save"})

    assert not (await chosen(site)).empty_days


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        (
            {"scope": "some", "domain": []},
            {"domain": "Choose at least one domain, or all of them."},
        ),
        ({"hour": "24:00"}, {"hour": "An hour looks like 08:00, from 00:00 to 23:59."}),
        ({"zone": "Berlin"}, {"zone": "Choose a time zone from the list, like Europe/Berlin."}),
        (
            {"include": "x" * 41},
            {
                "include": "Words with commas between them: at most 20, each of at most 40 letters.",
            },
        ),
        (
            {"mute": ",".join(f"w{n}" for n in range(21))},
            {
                "mute": "Words with commas between them: at most 20, each of at most 40 letters.",
            },
        ),
        ({"most": "ten"}, {"most": "A number from 1 to 1000, or nothing for no bound."}),
    ],
    ids=str,
)
async def test_a_mistake_saves_nothing_and_is_told_at_its_field(
    site: Site, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    before = await chosen(site)

    page = await save(site, **{"rhythm": "weekdays", "most": "5", **fields})

    assert page.wrong == wrong
    assert page.alert == list(wrong.values())
    assert page.status == ""
    assert page.fields["rhythm"] == ["weekdays"]
    assert await chosen(site) == before


async def test_a_bound_is_a_number_from_1_to_1000(site: Site) -> None:
    pages = [await save(site, most=most) for most in ("0", "1001", "-1", "1.5", "٣", "9" * 5000)]

    assert [list(page.wrong) for page in pages] == [["most"]] * 6
    assert (await chosen(site)).most is None


async def test_all_mistakes_are_told_at_once_and_what_was_typed_stands_there(site: Site) -> None:
    page = await save(site, domain=[], hour="8 o'clock", zone="Moon/Base", most="many", weekday="5")

    assert list(page.wrong) == ["domain", "hour", "zone", "most"]
    assert len(page.alert) == 4
    assert (page.fields["hour"], page.fields["most"], page.fields["weekday"]) == (
        ["8 o'clock"],
        ["many"],
        ["5"],
    )


async def test_mistakes_are_told_in_chinese(site: Site) -> None:
    await site.house.membership.change(ANN, locale=Locale.ZH)

    page = await save(site, domain=[], hour="25:00", zone="x", most="0")

    assert page.headline == "您的偏好设置"
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in page.alert)
    assert len(page.alert) == 4


@pytest.mark.parametrize(
    "fields", [{"rhythm": "hourly"}, {"weekday": "7"}, {"locale": "de"}, {"scope": "none"}]
)
async def test_what_no_form_of_ours_sends_leaves_what_was_chosen(site: Site, fields: dict[str, str]) -> None:
    before = await chosen(site)

    await save(site, **fields)

    assert await chosen(site) == before


async def test_the_page_changes_its_language_with_the_choice(site: Site) -> None:
    page = await save(site, locale="zh")

    assert (page.headline, page.status) == ("您的偏好设置", "已保存。")
    assert "保存" in page.buttons


async def test_another_hour_after_todays_digest_gives_no_second_one(site: Site) -> None:
    await take_in(site.store, TODAY, a_paper(1, "robotics"))
    site.clock.at = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    desk = EditionDesk(editions=site.store.editions, clock=site.clock)
    await desk.serve()

    page = await save(site, hour="09:00")
    site.clock.at += timedelta(hours=2)
    await desk.serve()

    assert "The next digest comes on Tue 27 Jan, 09:00 (UTC)." in page.text
    assert len(await site.store.outbox.rows()) == 1


async def test_a_pause_ends_what_waits_and_going_on_brings_the_next_turn(site: Site) -> None:
    path = await own(site)

    paused = await press(site, path, "pause")
    resting = (await reader_at(site.store, ANN)).subscriber
    resumed = await press(site, path, "resume")

    assert (resting.paused, resting.next_at) == (True, None)
    assert "You pause: nothing is sent until you go on." in paused.text
    assert "Go on" in paused.buttons
    assert "Pause everything" not in paused.buttons
    assert "The next digest comes on" in resumed.text
    after = (await reader_at(site.store, ANN)).subscriber
    assert not after.paused
    assert after.next_at is not None


async def test_saving_during_a_pause_keeps_the_pause(site: Site) -> None:
    await press(site, await own(site), "pause")

    page = await save(site, hour="09:00")

    assert "You pause" in page.text
    assert (await reader_at(site.store, ANN)).subscriber.next_at is None


async def test_each_channel_is_switched_off_and_on_by_itself(site: Site) -> None:
    chat = await with_chat(site)
    path = await own(site)
    mail = (await reader_at(site.store, ANN)).endpoints[0]

    for place, other in ((mail, CHAT), (chat, ANN)):
        off = await press(site, path, "off", endpoint=str(place.id))
        assert await states(site) == {
            place.target: EndpointState.UNSUBSCRIBED,
            other: EndpointState.ACTIVE,
        }
        assert "switched off" in off.text
        assert (await reader_at(site.store, ANN)).subscriber.next_at is not None
        on = await press(site, path, "on", endpoint=str(place.id))
        assert set((await states(site)).values()) == {EndpointState.ACTIVE}
        assert "switched off" not in on.text


async def test_a_button_says_which_channel_it_switches(site: Site) -> None:
    await with_chat(site)

    page = await page_of(site, await own(site))

    named = [
        " ".join(page.by_id(name).text for name in one["aria-labelledby"].split())
        for one in page.all("button")
        if one["aria-labelledby"]
    ]
    assert named == ["Switch off a…@example.org", "Switch off …42"]


async def test_without_any_channel_nothing_is_sent_and_the_page_says_so(site: Site) -> None:
    path = await own(site)
    mail = (await reader_at(site.store, ANN)).endpoints[0]

    page = await press(site, path, "off", endpoint=str(mail.id))

    assert "Nothing is sent at the moment" in page.text
    assert (await reader_at(site.store, ANN)).subscriber.next_at is None


@pytest.mark.parametrize("word", ["start", "subscribe"])
async def test_a_chat_that_was_switched_off_here_comes_back_by_its_own_word(site: Site, word: str) -> None:
    chat = await with_chat(site)
    await press(site, await own(site), "off", endpoint=str(chat.id))

    await site.house.membership.change(CHAT, minute=60)
    asked_little = await states(site)
    if word == "start":
        await site.house.membership.join(CHAT)
    else:
        await site.house.membership.subscribe(CHAT, ["agents"])

    assert asked_little[CHAT] is EndpointState.UNSUBSCRIBED
    assert (await states(site))[CHAT] is EndpointState.ACTIVE
    assert (await chosen(site)).minute == 60


async def test_what_is_queued_for_a_channel_that_is_switched_off_is_cancelled_there_alone(site: Site) -> None:
    await with_chat(site)
    await take_in(site.store, TODAY, a_paper(1, "robotics"))
    site.clock.at = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    await EditionDesk(editions=site.store.editions, clock=site.clock).serve()
    mail = (await reader_at(site.store, ANN)).endpoints[0]

    await press(site, await own(site), "off", endpoint=str(mail.id))

    assert {row.target: row.state for row in await site.store.outbox.rows()} == {
        ANN: "cancelled",
        CHAT: "due",
    }


@pytest.mark.parametrize(
    ("state", "said", "comes_back"),
    [
        (EndpointState.SUPPRESSED, "does not receive: mail to it came back too often", False),
        (EndpointState.GONE, "does not receive: it could not be reached", True),
        (EndpointState.UNSUBSCRIBED, "switched off", True),
    ],
)
async def test_a_channel_that_does_not_receive_says_why_and_comes_back_where_it_may(
    site: Site,
    state: EndpointState,
    said: str,
    comes_back: bool,  # noqa: FBT001 - a column of the table
) -> None:
    chat = await with_chat(site)
    await set_state(site, chat, state)
    path = await own(site)

    page = await page_of(site, path)
    await press(site, path, "on", endpoint=str(chat.id))

    assert said in page.text
    assert ("Switch on" in page.buttons) == comes_back
    assert (await states(site))[CHAT] is (EndpointState.ACTIVE if comes_back else state)


async def test_a_channel_that_is_not_theirs_is_not_switched(site: Site) -> None:
    path = await own(site)

    pages = [
        await press(site, path, "off", endpoint=number) for number in ("", "0", "-1", "x", "9" * 30, "²")
    ]

    assert {page.headline for page in pages} == {"Your preferences"}
    assert await states(site) == {ANN: EndpointState.ACTIVE}


async def test_the_download_holds_everything_that_is_known_and_nothing_that_opens(site: Site) -> None:
    await with_chat(site)
    await take_in(site.store, TODAY, a_paper(1, "robotics"))
    site.clock.at = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    await EditionDesk(editions=site.store.editions, clock=site.clock).serve()
    path = await own(site)
    token = path.rpartition("/")[2]

    answer = await site.client.post(path, data={"token": token, "do": "export"})

    record = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="paper-digest.json"'
    (subscriber,) = record["subscriber"]
    assert {
        name: subscriber[name] for name in ("send_minute", "timezone", "frequency", "locale", "paused")
    } == {
        "send_minute": 480,
        "timezone": "UTC",
        "frequency": "daily",
        "locale": "en",
        "paused": False,
    }
    assert [one["slug"] for one in record["domains"]] == ["robotics"]
    assert [(one["channel"], one["address"], one["state"]) for one in record["endpoints"]] == [
        ("email", ANN.address, "active"),
        ("telegram", "42", "active"),
    ]
    assert [one["content"]["picks"][0]["paper"] for one in record["deliveries"]] == ["2601.00001"] * 2
    assert {one["purpose"] for one in record["links"]} == {"unsubscribe", "preferences"}
    assert token not in answer.text


@pytest.mark.parametrize("locale", list(Locale))
async def test_erasing_asks_first_and_then_erases(site: Site, locale: Locale) -> None:
    await with_chat(site)
    await site.house.membership.change(ANN, locale=locale)
    path = await own(site)

    question = await press(site, path, "erase")
    asked = await site.store.people.reader(ANN)
    kept = await press(site, path, "keep")
    done = await press(site, path, "erase really")
    later = await site.client.get(path, params={"lang": locale})

    heads = {
        Locale.EN: ("Erase everything?", "Your preferences", "This subscription has ended"),
        Locale.ZH: ("删除全部数据？", "您的偏好设置", "订阅已结束"),
    }[locale]
    assert (question.headline, kept.headline, done.headline) == heads
    assert [one.text for one in question.all("li")] == ["a…@example.org", "…42"]
    assert asked is not None
    assert await site.store.people.readers() == []
    assert Page(later.text).headline == heads[2]


async def test_every_button_in_chinese(site: Site) -> None:
    chat = await with_chat(site)
    await site.house.membership.change(ANN, locale=Locale.ZH)
    path = await own(site)

    said = [
        (await press(site, path, "pause")).status,
        (await press(site, path, "resume")).status,
        (await press(site, path, "off", endpoint=str(chat.id))).status,
        (await press(site, path, "on", endpoint=str(chat.id))).status,
    ]

    assert said == ["已保存。"] * 4


async def test_a_form_without_the_token_does_nothing_and_says_what_to_do(site: Site) -> None:
    answer = await site.client.post(await own(site), data={"do": "pause"})

    assert answer.status_code == 422
    assert Page(answer.text).alert == ["Please use this page's own buttons."]
    assert not (await reader_at(site.store, ANN)).subscriber.paused
