"""A digest on the web: every paper whole, whatever the mail had room for, and nothing of its reader."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import delete

from digest.model import DeliveryState, Digest, Locale, Paper, Section
from digest.model.links import LinkBuilder
from digest.services.editions import EditionService
from digest.storage.tables import papers
from tests.render.email.sample_emails import make_renderer
from tests.support.database import TODAY, make_paper, save_report
from tests.web.parsed_page import ParsedPage
from tests.web.running_site import ANN_TARGET, SECRET, RunningSite, seed_papers
from tests.web.visitor import load_profile

MANY = 75
SAMPLE_PAPER = next(iter(seed_papers().values()))


def make_full_paper(number: int) -> Paper:
    """Return a paper as long as one of the seed."""
    sections = {
        **SAMPLE_PAPER.sections,
        Section.RESULTS: f"Result number {number}. {SAMPLE_PAPER.sections[Section.RESULTS]}",
    }
    return replace(SAMPLE_PAPER, id=f"2601.{number:05}", sections=sections, domains=("robotics",))


async def send_digest(site: RunningSite, *found: Paper) -> str:
    """Send Ann the digest of a day; give the path of its copy."""
    await save_report(site.store, TODAY, *found)
    site.clock.now = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    await EditionService(store=site.store.editions, clock=site.clock).queue_due_digests()
    row = (await site.store.outbox.list_deliveries())[0]
    links = LinkBuilder(public_url="", secret=SECRET).email_links(
        unsubscribe="", preferences="", delivery=row.id, key=row.key
    )
    assert links.web_copy is not None
    return links.web_copy


async def fetch_existing(site: RunningSite, path: str) -> ParsedPage:
    """Fetch a page that is there."""
    answer = await site.client.get(path)
    assert answer.status_code == 200
    return ParsedPage(answer.text)


async def test_every_paper_is_there_whole_with_its_links(site: RunningSite) -> None:
    ours = [replace(paper, domains=("robotics",)) for paper in seed_papers().values()]

    page = await fetch_existing(site, await send_digest(site, *ours))

    assert len(page.find_all("article")) == len(ours)
    linked = [one["href"] for one in page.find_all("a") if one.ancestor("article")]
    for paper in ours:
        for place in ("https://arxiv.org/abs/", "https://arxiv.org/pdf/", "https://huggingface.co/papers/"):
            assert f"{place}{paper.id}" in linked
    sections = [len(set(paper.sections) - {Section.AREA, Section.CONTRIBUTION}) for paper in ours]
    opened = [
        sum(one.ancestor("article") is article for one in page.find_all("details"))
        for article in page.find_all("article")
    ]
    assert opened == sections


async def test_what_the_mail_had_no_room_for_is_there(site: RunningSite) -> None:
    ours = [make_full_paper(number) for number in range(1, MANY + 1)]
    path = await send_digest(site, *ours)
    delivery = await site.store.link_tokens.find_digest((await site.store.outbox.list_deliveries())[0].id)
    assert delivery is not None
    assert isinstance(delivery.content, Digest)

    page = await fetch_existing(site, path)

    html = make_renderer().render_digest(delivery, delivery.content, {paper.id: paper for paper in ours}, None).html
    assert "Result number" not in html
    assert len(page.find_all("article")) == MANY
    assert page.text.count("Result number ") == MANY
    contents = [one["href"] for one in page.find_all("a") if one.ancestor("nav")]
    assert contents == [f"#p{number}" for number in range(1, MANY + 1)]
    assert all(page.find_by_id(link[1:]).tag == "article" for link in contents)


@pytest.mark.parametrize(("locale", "said"), [(Locale.EN, "new paper"), (Locale.ZH, "篇新论文")])
async def test_the_page_speaks_the_language_of_the_mail(site: RunningSite, locale: Locale, said: str) -> None:
    await site.deps.subscriptions.update_preferences(ANN_TARGET, locale=locale)
    path = await send_digest(site, make_paper(1, "robotics"))

    answer = await site.client.get(path, headers={"Accept-Language": "de"})

    page = ParsedPage(answer.text)
    assert page.find_all("html")[0]["lang"] == locale
    assert said in page.find_all("title")[0].text


async def test_a_day_without_papers_says_why(site: RunningSite) -> None:
    await site.deps.subscriptions.update_preferences(ANN_TARGET, notify_when_empty=True)

    page = await fetch_existing(site, await send_digest(site, make_paper(1, "agents")))

    assert page.headline == "Nothing in your domains today"
    assert page.find_all("article") == []
    assert page.find_all("p", **{"class": "lead"})[0].text


async def test_papers_beyond_the_readers_bound_are_counted(site: RunningSite) -> None:
    await site.deps.subscriptions.update_preferences(ANN_TARGET, max_papers=2)

    page = await fetch_existing(
        site, await send_digest(site, *(make_paper(number, "robotics") for number in range(1, 6)))
    )

    assert len(page.find_all("article")) == 2
    assert "3" in page.find_all("p")[-3].text


async def test_a_paper_that_is_there_no_more_leaves_its_link(site: RunningSite) -> None:
    path = await send_digest(site, make_paper(1, "robotics"), make_paper(2, "robotics"))
    await site.store.database.write(lambda db: db.execute(delete(papers).where(papers.c.id == "2601.00001")))

    page = await fetch_existing(site, path)

    gone, there = page.find_all("article")
    assert "This paper could not be shown." in gone.text
    assert [one["href"] for one in page.find_all("a") if one.ancestor("article") is gone] == [
        "https://arxiv.org/abs/2601.00001"
    ]
    assert "Paper 2601.00002" in there.text


async def test_what_a_paper_says_is_text_and_never_markup(site: RunningSite) -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) "quoted"'
    paper = replace(make_paper(1, "robotics", text=evil), title=evil)

    page = await fetch_existing(site, await send_digest(site, paper))

    assert page.find_all("script") == page.find_all("img") == []
    assert [one["href"] for one in page.find_all("a") if one["href"].startswith("javascript")] == []
    assert "<script>alert(1)</script>" in page.find_all("article")[0].text


async def test_the_page_says_nothing_of_its_reader(site: RunningSite) -> None:
    reader = await load_profile(site.store, ANN_TARGET)
    await site.store.email_verification.link(reader.subscriber.id, ANN_TARGET)
    path = await send_digest(site, make_paper(1, "robotics"))
    links = await site.email_links()

    answer = await site.client.get(path)

    secrets = [link.rpartition("/")[2] for link in (links.unsubscribe, str(links.preferences))]
    assert [word for word in (ANN_TARGET.address, "ann", "example.org", *secrets) if word in answer.text.lower()] == []


async def fetch_all(site: RunningSite, *paths: str) -> list[httpx.Response]:
    """Fetch paths."""
    return [await site.client.get(path) for path in paths]


async def test_a_wrong_number_and_a_wrong_signature_are_answered_alike(site: RunningSite) -> None:
    path = await send_digest(site, make_paper(1, "robotics"))
    _, _, number, signature = path.split("/")

    answers = await fetch_all(
        site,
        f"/d/{int(number) + 1}/{signature}",
        f"/d/{number}/{'A' * 22}",
        f"/d/{number}/{signature[:-1]}",
        f"/d/{number}/{signature}A",
        f"/d/0{'9' * 40}/{signature}",
        f"/d/-1/{signature}",
        f"/d/x/{signature}",
        f"/d/²/{signature}",
    )

    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}


async def test_a_copy_stays_whatever_became_of_the_mail_until_its_reader_is_erased(site: RunningSite) -> None:
    path = await send_digest(site, make_paper(1, "robotics"))
    row = (await site.store.outbox.list_deliveries())[0]
    await site.store.outbox.cancel([row.id], site.clock())

    after = [one.state for one in await site.store.outbox.list_deliveries()]
    (cancelled,) = await fetch_all(site, path)
    await site.deps.subscriptions.erase(ANN_TARGET)
    (erased,) = await fetch_all(site, path)

    assert after == [DeliveryState.CANCELLED]
    assert (cancelled.status_code, erased.status_code) == (200, 404)


async def test_a_code_and_a_question_have_no_copy(site: RunningSite) -> None:
    await site.sign_up("bob@example.org")
    row = (await site.store.outbox.list_deliveries())[0]
    links = LinkBuilder(public_url="", secret=SECRET).email_links(
        unsubscribe="", preferences="", delivery=row.id, key=row.key
    )

    (answer,) = await fetch_all(site, str(links.web_copy))

    assert row.kind == "opt_in"
    assert answer.status_code == 404
