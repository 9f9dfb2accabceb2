"""The front page: a form in both languages, every mistake told at once, and a mail where there is none."""

from datetime import timedelta

import pytest

from digest.model import Channel, EndpointState, Frequency, Locale, Preferences, SignupConfirmation, Target
from tests.support.database import TODAY, make_paper, save_report
from tests.web.parsed_page import ParsedPage
from tests.web.running_site import ANN_TARGET, RunningSite
from tests.web.test_unsubscribe import ONE_CLICK
from tests.web.visitor import confirm_signup, fetch_page, load_profile, submit_form

BOB = Target.email("bob@example.org")


async def claim_confirmations(site: RunningSite) -> list[SignupConfirmation]:
    """Take the mails that ask."""
    at = site.clock()
    claimed = await site.store.outbox.claim(
        Channel.EMAIL, "a test", due_at=at, now=at, until=at + timedelta(hours=1), limit=10
    )
    return [one.content for one in claimed if isinstance(one.content, SignupConfirmation)]


@pytest.mark.parametrize(
    ("path", "language", "headline", "lang"),
    [
        ("/", "", "New research papers by email", "en"),
        ("/", "zh-CN,zh;q=0.9,en;q=0.8", "每日新论文，送到邮箱", "zh"),
        ("/?lang=zh", "en", "每日新论文，送到邮箱", "zh"),
        ("/?lang=en", "zh", "New research papers by email", "en"),
    ],
)
async def test_the_form_speaks_the_language_that_is_asked_for(
    site: RunningSite, path: str, language: str, headline: str, lang: str
) -> None:
    page = await fetch_page(site, path, language)

    assert page.headline == headline
    assert page.find_all("html")[0]["lang"] == lang
    assert page.form_values["locale"] == [lang]
    other = page.find_all("nav")[0]
    assert [one["href"] for one in page.find_all("a") if one.ancestor("nav") is other] == [
        "?lang=en" if lang == "zh" else "?lang=zh"
    ]


async def test_the_form_offers_every_domain_and_the_operators_hour_and_zone(site: RunningSite) -> None:
    page = await fetch_page(site)

    offered = [one["value"] for one in page.find_all("input", name="domain")]
    assert offered == list(site.deps.taxonomy.slugs)
    assert page.form_values["scope"] == ["all"]
    assert "domain" not in page.form_values
    assert (page.form_values["hour"], page.form_values["zone"]) == (["08:00"], ["UTC"])
    assert len(page.find_all("option")) > 400


async def test_every_field_has_a_label(site: RunningSite) -> None:
    page = await fetch_page(site)

    labelled = {one["for"] for one in page.find_all("label")}
    fields = [one for one in page.elements if one.tag in ("input", "select") and one["type"] != "hidden"]

    assert [one["name"] for one in fields if not (one["id"] in labelled or one.ancestor("label"))] == []


async def test_before_the_first_report_the_page_works_and_counts_nothing(site: RunningSite) -> None:
    before = await fetch_page(site)

    answer = await submit_form(site, email=BOB.address)

    assert "there w" not in before.text
    assert ParsedPage(answer.text).headline == "Check your inbox"
    await confirm_signup(site, BOB.address)


async def test_the_page_says_how_many_papers_the_newest_report_has(site: RunningSite) -> None:
    await save_report(site.store, TODAY, make_paper(1, "robotics"), make_paper(2, "robotics", "agents"))

    page = await fetch_page(site)

    assert "On Monday, 26 January 2026 there were 2 papers." in page.text
    robotics = page.find_all("input", value="robotics")[0].ancestor("label")
    assert robotics is not None
    assert robotics.text.split()[-1] == "2"


async def test_what_was_chosen_is_what_the_mail_asks_about_and_what_comes_after_yes(site: RunningSite) -> None:
    answer = await submit_form(
        site,
        email=" Bob@Example.org ",
        scope="some",
        domain=["agents", "robotics"],
        hour="06:45",
        zone="Asia/Tokyo",
        locale="zh",
    )

    assert answer.status_code == 200
    assert await site.store.subscribers.find_profile(BOB) is None
    await confirm_signup(site, BOB.address)
    reader = await load_profile(site.store, BOB)
    assert reader.preferences == Preferences(
        domains=("agents", "robotics"), send_minute=405, timezone="Asia/Tokyo", locale=Locale.ZH
    )
    assert reader.subscriber.next_digest_at is not None


@pytest.mark.parametrize("locale", list(Locale))
async def test_the_mail_that_asks_speaks_the_language_that_was_chosen(site: RunningSite, locale: Locale) -> None:
    await submit_form(site, email=BOB.address, locale=locale)

    (question,) = await claim_confirmations(site)

    assert (question.locale, question.valid_hours) == (locale, 48)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": ""}, {"email": "This is not an email address. An example: ann@example.org."}),
        ({"email": "bob"}, {"email": "This is not an email address. An example: ann@example.org."}),
        ({"scope": "some"}, {"domain": "Choose at least one domain, or all domains."}),
        ({"scope": "some", "domain": ["no-such-domain"]}, {"domain": "Choose at least one domain, or all domains."}),
        ({"hour": "25:00"}, {"hour": "Enter a time such as 08:00, from 00:00 to 23:59."}),
        ({"hour": "soon"}, {"hour": "Enter a time such as 08:00, from 00:00 to 23:59."}),
        ({"zone": "Moon/Base"}, {"zone": "Choose a time zone from the list, such as Europe/Berlin."}),
        (
            {"email": "bob", "scope": "some", "hour": "24:00", "zone": "../etc/passwd"},
            {
                "email": "This is not an email address. An example: ann@example.org.",
                "domain": "Choose at least one domain, or all domains.",
                "hour": "Enter a time such as 08:00, from 00:00 to 23:59.",
                "zone": "Choose a time zone from the list, such as Europe/Berlin.",
            },
        ),
    ],
)
async def test_every_mistake_is_told_at_its_field_and_at_the_top_and_nobody_is_asked(
    site: RunningSite, fields: dict[str, str | list[str]], wrong: dict[str, str]
) -> None:
    answer = await submit_form(site, changes={"email": BOB.address, **fields})

    page = ParsedPage(answer.text)
    assert answer.status_code == 422
    assert page.field_errors == wrong
    assert page.error_messages == list(wrong.values())
    assert {one["href"] for one in page.find_all("a") if one.ancestor("li")} == {f"#{name}" for name in wrong}
    assert all(page.find_by_id(name)["aria-invalid"] == "true" for name in wrong)
    assert await site.pending_confirmations() == []


async def test_a_mistake_is_told_in_chinese_too(site: RunningSite) -> None:
    answer = await submit_form(site, "/?lang=zh", email="bob", scope="some", hour="25:00")

    page = ParsedPage(answer.text)
    assert page.find_all("html")[0]["lang"] == "zh"
    assert list(page.field_errors) == ["email", "domain", "hour"]
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in page.error_messages)
    assert len(page.error_messages) == 3


async def test_after_a_mistake_everything_stands_in_the_form_as_it_was_typed(site: RunningSite) -> None:
    typed = {
        "email": "bob at example.org",
        "scope": "some",
        "domain": ["robotics", "agents"],
        "hour": "06:45",
        "zone": "Asia/Tokyo",
        "locale": "zh",
    }

    answer = await submit_form(site, changes=typed)

    fields = ParsedPage(answer.text).form_values
    assert {name: fields[name] for name in typed} == {
        **{name: [value] for name, value in typed.items()},
        "domain": ["agents", "robotics"],
    }


async def test_the_mended_form_is_taken(site: RunningSite) -> None:
    wrong = ParsedPage((await submit_form(site, email="bob", scope="some", domain=["agents"], hour="06:45")).text)

    answer = await site.client.post("/", data={**wrong.form_values, "email": BOB.address})

    assert answer.status_code == 200
    await confirm_signup(site, BOB.address)
    chosen = (await load_profile(site.store, BOB)).preferences
    assert (chosen.domains, chosen.send_minute) == (("agents",), 405)


@pytest.mark.parametrize("locale", list(Locale))
async def test_a_page_that_stood_open_for_too_long_is_sent_again_with_one_press(
    site: RunningSite, locale: Locale
) -> None:
    path = f"/?lang={locale}"
    old = await fetch_page(site, path)
    site.clock.now += timedelta(hours=25)

    late = await site.client.post(path, data={**old.form_values, "email": BOB.address, "hour": "06:45"})
    again = await site.client.post(path, data=ParsedPage(late.text).form_values)

    assert late.status_code == 403
    assert len(ParsedPage(late.text).error_messages) == 1
    assert again.status_code == 200
    assert [to for to, _ in await site.pending_confirmations()] == [BOB.address]


async def test_without_a_field_the_operators_defaults_are_meant(site: RunningSite) -> None:
    hidden = await site.hidden_fields()

    answer = await site.client.post("/", data={**hidden, "email": BOB.address, "scope": "all"})

    assert answer.status_code == 200
    await confirm_signup(site, BOB.address)
    assert (await load_profile(site.store, BOB)).preferences == Preferences(domains=None)


async def test_seconds_behind_an_hour_do_no_harm(site: RunningSite) -> None:
    await submit_form(site, email=BOB.address, hour="06:45:30")
    await confirm_signup(site, BOB.address)

    assert (await load_profile(site.store, BOB)).preferences.send_minute == 405


async def test_a_known_reader_keeps_what_they_chose_whatever_was_typed(site: RunningSite) -> None:
    kept = {"frequency": Frequency.WEEKLY, "weekday": 4, "max_papers": 7, "notify_when_empty": True}
    await site.deps.subscriptions.update_preferences(ANN_TARGET, **kept)  # type: ignore[arg-type]
    before = await load_profile(site.store, ANN_TARGET)

    await submit_form(site, email=ANN_TARGET.address, scope="some", domain=["agents"], hour="21:30", locale="zh")
    asked = await load_profile(site.store, ANN_TARGET)
    await confirm_signup(site, ANN_TARGET.address)

    after = await load_profile(site.store, ANN_TARGET)
    assert asked == before
    assert after.subscriber.id == before.subscriber.id
    assert after.preferences == before.preferences


async def test_who_unsubscribed_comes_back_by_saying_yes_and_not_before(site: RunningSite) -> None:
    await site.client.post((await site.email_links()).unsubscribe.removeprefix(site.deps.public_url), data=ONE_CLICK)

    await submit_form(site, email=ANN_TARGET.address)
    asked = await load_profile(site.store, ANN_TARGET)
    await confirm_signup(site, ANN_TARGET.address)

    after = await load_profile(site.store, ANN_TARGET)
    assert [one.state for one in asked.endpoints] == [EndpointState.UNSUBSCRIBED]
    assert [one.state for one in after.endpoints] == [EndpointState.ACTIVE]
    assert asked.subscriber.next_digest_at is None
    assert after.subscriber.next_digest_at is not None


async def test_who_paused_goes_on_after_saying_yes(site: RunningSite) -> None:
    await site.deps.subscriptions.pause(ANN_TARGET)

    await submit_form(site, email=ANN_TARGET.address)
    await confirm_signup(site, ANN_TARGET.address)

    after = await load_profile(site.store, ANN_TARGET)
    assert not after.subscriber.paused
    assert after.subscriber.next_digest_at is not None
