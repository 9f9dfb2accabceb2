"""The front page: a form in both languages, every mistake told at once, and a mail where there is none."""

from datetime import timedelta

import pytest

from digest.model import Channel, EndpointState, Locale, OptIn, Preferences, Rhythm, Target
from tests.support.stores import TODAY, a_paper, take_in
from tests.web.reading import Page
from tests.web.site import ANN, Site
from tests.web.test_unsubscribe import ONE_CLICK
from tests.web.visitor import page_of, reader_at, say_yes, send

BOB = Target.email("bob@example.org")


async def questions(site: Site) -> list[OptIn]:
    """Take the mails that ask."""
    at = site.clock()
    claimed = await site.store.outbox.claim(
        Channel.EMAIL, "a test", due=at, now=at, until=at + timedelta(hours=1), most=10
    )
    return [one.content for one in claimed if isinstance(one.content, OptIn)]


@pytest.mark.parametrize(
    ("path", "language", "headline", "lang"),
    [
        ("/", "", "New research papers by mail", "en"),
        ("/", "zh-CN,zh;q=0.9,en;q=0.8", "每日新论文，送到邮箱", "zh"),
        ("/?lang=zh", "en", "每日新论文，送到邮箱", "zh"),
        ("/?lang=en", "zh", "New research papers by mail", "en"),
    ],
)
async def test_the_form_speaks_the_language_that_is_asked_for(
    site: Site, path: str, language: str, headline: str, lang: str
) -> None:
    page = await page_of(site, path, language)

    assert page.headline == headline
    assert page.all("html")[0]["lang"] == lang
    assert page.fields["locale"] == [lang]
    other = page.all("nav")[0]
    assert [one["href"] for one in page.all("a") if one.within("nav") is other] == [
        "?lang=en" if lang == "zh" else "?lang=zh"
    ]


async def test_the_form_offers_every_domain_and_the_operators_hour_and_zone(site: Site) -> None:
    page = await page_of(site)

    offered = [one["value"] for one in page.all("input", name="domain")]
    assert offered == list(site.house.taxonomy.slugs)
    assert page.fields["scope"] == ["all"]
    assert "domain" not in page.fields
    assert (page.fields["hour"], page.fields["zone"]) == (["08:00"], ["UTC"])
    assert len(page.all("option")) > 400


async def test_every_field_has_a_label(site: Site) -> None:
    page = await page_of(site)

    labelled = {one["for"] for one in page.all("label")}
    fields = [one for one in page.elements if one.tag in ("input", "select") and one["type"] != "hidden"]

    assert [one["name"] for one in fields if not (one["id"] in labelled or one.within("label"))] == []


async def test_before_the_first_report_the_page_works_and_counts_nothing(site: Site) -> None:
    before = await page_of(site)

    answer = await send(site, email=BOB.address)

    assert "there w" not in before.text
    assert Page(answer.text).headline == "Look into your mailbox"
    await say_yes(site, BOB.address)


async def test_the_page_says_how_many_papers_the_newest_report_has(site: Site) -> None:
    await take_in(site.store, TODAY, a_paper(1, "robotics"), a_paper(2, "robotics", "agents"))

    page = await page_of(site)

    assert "On Monday, 26 January 2026 there were 2 papers." in page.text
    robotics = page.all("input", value="robotics")[0].within("label")
    assert robotics is not None
    assert robotics.text.split()[-1] == "2"


async def test_what_was_chosen_is_what_the_mail_asks_about_and_what_comes_after_yes(site: Site) -> None:
    answer = await send(
        site,
        email=" Bob@Example.org ",
        scope="some",
        domain=["agents", "robotics"],
        hour="06:45",
        zone="Asia/Tokyo",
        locale="zh",
    )

    assert answer.status_code == 200
    assert await site.store.people.reader(BOB) is None
    await say_yes(site, BOB.address)
    reader = await reader_at(site.store, BOB)
    assert reader.preferences == Preferences(
        domains=("agents", "robotics"), minute=405, zone="Asia/Tokyo", locale=Locale.ZH
    )
    assert reader.subscriber.next_at is not None


@pytest.mark.parametrize("locale", list(Locale))
async def test_the_mail_that_asks_speaks_the_language_that_was_chosen(site: Site, locale: Locale) -> None:
    await send(site, email=BOB.address, locale=locale)

    (question,) = await questions(site)

    assert (question.locale, question.hours) == (locale, 48)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": ""}, {"email": "This is no email address. One looks like ann@example.org."}),
        ({"email": "bob"}, {"email": "This is no email address. One looks like ann@example.org."}),
        ({"scope": "some"}, {"domain": "Choose at least one domain, or all of them."}),
        (
            {"scope": "some", "domain": ["no-such-domain"]},
            {"domain": "Choose at least one domain, or all of them."},
        ),
        ({"hour": "25:00"}, {"hour": "An hour looks like 08:00, from 00:00 to 23:59."}),
        ({"hour": "soon"}, {"hour": "An hour looks like 08:00, from 00:00 to 23:59."}),
        ({"zone": "Moon/Base"}, {"zone": "Choose a time zone from the list, like Europe/Berlin."}),
        (
            {"email": "bob", "scope": "some", "hour": "24:00", "zone": "../etc/passwd"},
            {
                "email": "This is no email address. One looks like ann@example.org.",
                "domain": "Choose at least one domain, or all of them.",
                "hour": "An hour looks like 08:00, from 00:00 to 23:59.",
                "zone": "Choose a time zone from the list, like Europe/Berlin.",
            },
        ),
    ],
)
async def test_every_mistake_is_told_at_its_field_and_at_the_top_and_nobody_is_asked(
    site: Site, fields: dict[str, str | list[str]], wrong: dict[str, str]
) -> None:
    answer = await send(site, typed={"email": BOB.address, **fields})

    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.wrong == wrong
    assert page.alert == list(wrong.values())
    assert {one["href"] for one in page.all("a") if one.within("li")} == {f"#{name}" for name in wrong}
    assert all(page.by_id(name)["aria-invalid"] == "true" for name in wrong)
    assert await site.asked() == []


async def test_a_mistake_is_told_in_chinese_too(site: Site) -> None:
    answer = await send(site, "/?lang=zh", email="bob", scope="some", hour="25:00")

    page = Page(answer.text)
    assert page.all("html")[0]["lang"] == "zh"
    assert list(page.wrong) == ["email", "domain", "hour"]
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in page.alert)
    assert len(page.alert) == 3


async def test_after_a_mistake_everything_stands_in_the_form_as_it_was_typed(site: Site) -> None:
    typed = {
        "email": "bob at example.org",
        "scope": "some",
        "domain": ["robotics", "agents"],
        "hour": "06:45",
        "zone": "Asia/Tokyo",
        "locale": "zh",
    }

    answer = await send(site, typed=typed)

    fields = Page(answer.text).fields
    assert {name: fields[name] for name in typed} == {
        **{name: [value] for name, value in typed.items()},
        "domain": ["agents", "robotics"],
    }


async def test_the_mended_form_is_taken(site: Site) -> None:
    wrong = Page((await send(site, email="bob", scope="some", domain=["agents"], hour="06:45")).text)

    answer = await site.client.post("/", data={**wrong.fields, "email": BOB.address})

    assert answer.status_code == 200
    await say_yes(site, BOB.address)
    chosen = (await reader_at(site.store, BOB)).preferences
    assert (chosen.domains, chosen.minute) == (("agents",), 405)


@pytest.mark.parametrize("locale", list(Locale))
async def test_a_page_that_stood_open_for_too_long_is_sent_again_with_one_press(
    site: Site, locale: Locale
) -> None:
    path = f"/?lang={locale}"
    old = await page_of(site, path)
    site.clock.at += timedelta(hours=25)

    late = await site.client.post(path, data={**old.fields, "email": BOB.address, "hour": "06:45"})
    again = await site.client.post(path, data=Page(late.text).fields)

    assert late.status_code == 403
    assert len(Page(late.text).alert) == 1
    assert again.status_code == 200
    assert [to for to, _ in await site.asked()] == [BOB.address]


async def test_without_a_field_the_operators_defaults_are_meant(site: Site) -> None:
    hidden = await site.form()

    answer = await site.client.post("/", data={**hidden, "email": BOB.address, "scope": "all"})

    assert answer.status_code == 200
    await say_yes(site, BOB.address)
    assert (await reader_at(site.store, BOB)).preferences == Preferences(domains=None)


async def test_seconds_behind_an_hour_do_no_harm(site: Site) -> None:
    await send(site, email=BOB.address, hour="06:45:30")
    await say_yes(site, BOB.address)

    assert (await reader_at(site.store, BOB)).preferences.minute == 405


async def test_a_known_reader_keeps_what_they_chose_whatever_was_typed(site: Site) -> None:
    kept = {"rhythm": Rhythm.WEEKLY, "weekday": 4, "most": 7, "empty_days": True}
    await site.house.membership.change(ANN, **kept)  # type: ignore[arg-type]
    before = await reader_at(site.store, ANN)

    await send(site, email=ANN.address, scope="some", domain=["agents"], hour="21:30", locale="zh")
    asked = await reader_at(site.store, ANN)
    await say_yes(site, ANN.address)

    after = await reader_at(site.store, ANN)
    assert asked == before
    assert after.subscriber.id == before.subscriber.id
    assert after.preferences == before.preferences


async def test_who_unsubscribed_comes_back_by_saying_yes_and_not_before(site: Site) -> None:
    await site.client.post(
        (await site.links()).unsubscribe.removeprefix(site.house.public_url), data=ONE_CLICK
    )

    await send(site, email=ANN.address)
    asked = await reader_at(site.store, ANN)
    await say_yes(site, ANN.address)

    after = await reader_at(site.store, ANN)
    assert [one.state for one in asked.endpoints] == [EndpointState.UNSUBSCRIBED]
    assert [one.state for one in after.endpoints] == [EndpointState.ACTIVE]
    assert asked.subscriber.next_at is None
    assert after.subscriber.next_at is not None


async def test_who_paused_goes_on_after_saying_yes(site: Site) -> None:
    await site.house.membership.pause(ANN)

    await send(site, email=ANN.address)
    await say_yes(site, ANN.address)

    after = await reader_at(site.store, ANN)
    assert not after.subscriber.paused
    assert after.subscriber.next_at is not None
