"""A digest on the web: every paper whole, whatever the mail had room for, and nothing of its reader."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import delete

from digest.edition import EditionDesk
from digest.links import LinkMaker
from digest.model import DeliveryState, Digest, Locale, Paper, Section
from digest.store.tables import papers
from tests.render.mails import renderer
from tests.support.stores import TODAY, a_paper, take_in
from tests.web.reading import Page
from tests.web.site import ANN, SECRET, Site, seed_papers
from tests.web.visitor import reader_at

MANY = 75
LIKE = next(iter(seed_papers().values()))


def whole(number: int) -> Paper:
    """Give a paper as long as one of the seed."""
    sections = {**LIKE.sections, Section.RESULTS: f"Result number {number}. {LIKE.sections[Section.RESULTS]}"}
    return replace(LIKE, id=f"2601.{number:05}", sections=sections, domains=("robotics",))


async def sent(site: Site, *found: Paper) -> str:
    """Send Ann the digest of a day; give the path of its copy."""
    await take_in(site.store, TODAY, *found)
    site.clock.at = datetime(2026, 1, 26, 8, 1, tzinfo=UTC)
    await EditionDesk(editions=site.store.editions, clock=site.clock).serve()
    row = (await site.store.outbox.rows())[0]
    links = LinkMaker(public_url="", secret=SECRET).mail(
        unsubscribe="", preferences="", delivery=row.id, key=row.key
    )
    assert links.copy is not None
    return links.copy


async def fetch(site: Site, path: str) -> Page:
    """Fetch a page that is there."""
    answer = await site.client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


async def test_every_paper_is_there_whole_with_its_links(site: Site) -> None:
    ours = [replace(paper, domains=("robotics",)) for paper in seed_papers().values()]

    page = await fetch(site, await sent(site, *ours))

    assert len(page.all("article")) == len(ours)
    linked = [one["href"] for one in page.all("a") if one.within("article")]
    for paper in ours:
        for place in ("https://arxiv.org/abs/", "https://arxiv.org/pdf/", "https://huggingface.co/papers/"):
            assert f"{place}{paper.id}" in linked
    sections = [len(set(paper.sections) - {Section.AREA, Section.CONTRIBUTION}) for paper in ours]
    opened = [
        sum(one.within("article") is article for one in page.all("details"))
        for article in page.all("article")
    ]
    assert opened == sections


async def test_what_the_mail_had_no_room_for_is_there(site: Site) -> None:
    ours = [whole(number) for number in range(1, MANY + 1)]
    path = await sent(site, *ours)
    delivery = await site.store.keys.delivery((await site.store.outbox.rows())[0].id)
    assert delivery is not None
    assert isinstance(delivery.content, Digest)

    page = await fetch(site, path)

    html = renderer().digest(delivery, delivery.content, {paper.id: paper for paper in ours}, None).html
    assert "Result number" not in html
    assert len(page.all("article")) == MANY
    assert page.text.count("Result number ") == MANY
    contents = [one["href"] for one in page.all("a") if one.within("nav")]
    assert contents == [f"#p{number}" for number in range(1, MANY + 1)]
    assert all(page.by_id(link[1:]).tag == "article" for link in contents)


@pytest.mark.parametrize(("locale", "said"), [(Locale.EN, "new paper"), (Locale.ZH, "篇新论文")])
async def test_the_page_speaks_the_language_of_the_mail(site: Site, locale: Locale, said: str) -> None:
    await site.house.membership.change(ANN, locale=locale)
    path = await sent(site, a_paper(1, "robotics"))

    answer = await site.client.get(path, headers={"Accept-Language": "de"})

    page = Page(answer.text)
    assert page.all("html")[0]["lang"] == locale
    assert said in page.all("title")[0].text


async def test_a_day_without_papers_says_why(site: Site) -> None:
    await site.house.membership.change(ANN, empty_days=True)

    page = await fetch(site, await sent(site, a_paper(1, "agents")))

    assert page.headline == "Nothing in your domains today"
    assert page.all("article") == []
    assert page.all("p", **{"class": "lead"})[0].text


async def test_papers_beyond_the_readers_bound_are_counted(site: Site) -> None:
    await site.house.membership.change(ANN, most=2)

    page = await fetch(site, await sent(site, *(a_paper(number, "robotics") for number in range(1, 6))))

    assert len(page.all("article")) == 2
    assert "3" in page.all("p")[-3].text


async def test_a_paper_that_is_there_no_more_leaves_its_link(site: Site) -> None:
    path = await sent(site, a_paper(1, "robotics"), a_paper(2, "robotics"))
    await site.store.database.write(lambda db: db.execute(delete(papers).where(papers.c.id == "2601.00001")))

    page = await fetch(site, path)

    gone, there = page.all("article")
    assert "This paper could not be shown." in gone.text
    assert [one["href"] for one in page.all("a") if one.within("article") is gone] == [
        "https://arxiv.org/abs/2601.00001"
    ]
    assert "Paper 2601.00002" in there.text


async def test_what_a_paper_says_is_text_and_never_markup(site: Site) -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) "quoted"'
    paper = replace(a_paper(1, "robotics", text=evil), title=evil)

    page = await fetch(site, await sent(site, paper))

    assert page.all("script") == page.all("img") == []
    assert [one["href"] for one in page.all("a") if one["href"].startswith("javascript")] == []
    assert "<script>alert(1)</script>" in page.all("article")[0].text


async def test_the_page_says_nothing_of_its_reader(site: Site) -> None:
    reader = await reader_at(site.store, ANN)
    await site.store.addresses.link(reader.subscriber.id, ANN)
    path = await sent(site, a_paper(1, "robotics"))
    links = await site.links()

    answer = await site.client.get(path)

    secrets = [link.rpartition("/")[2] for link in (links.unsubscribe, str(links.preferences))]
    assert [
        word for word in (ANN.address, "ann", "example.org", *secrets) if word in answer.text.lower()
    ] == []


async def statuses(site: Site, *paths: str) -> list[httpx.Response]:
    """Fetch paths."""
    return [await site.client.get(path) for path in paths]


async def test_a_wrong_number_and_a_wrong_signature_are_answered_alike(site: Site) -> None:
    path = await sent(site, a_paper(1, "robotics"))
    _, _, number, signature = path.split("/")

    answers = await statuses(
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


async def test_a_copy_stays_whatever_became_of_the_mail_until_its_reader_is_erased(site: Site) -> None:
    path = await sent(site, a_paper(1, "robotics"))
    row = (await site.store.outbox.rows())[0]
    await site.store.outbox.cancel([row.id], site.clock())

    after = [one.state for one in await site.store.outbox.rows()]
    (cancelled,) = await statuses(site, path)
    await site.house.membership.forget(ANN)
    (erased,) = await statuses(site, path)

    assert after == [DeliveryState.CANCELLED]
    assert (cancelled.status_code, erased.status_code) == (200, 404)


async def test_a_code_and_a_question_have_no_copy(site: Site) -> None:
    await site.sign_up("bob@example.org")
    row = (await site.store.outbox.rows())[0]
    links = LinkMaker(public_url="", secret=SECRET).mail(
        unsubscribe="", preferences="", delivery=row.id, key=row.key
    )

    (answer,) = await statuses(site, str(links.copy))

    assert row.kind == "opt_in"
    assert answer.status_code == 404
