"""The index of search: what it finds, in which order, that it keeps in step, and when it is made again."""

import asyncio
import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from digest.model import Paper, Section
from digest.model.clock import FixedClock
from digest.papers.domains import load_taxonomy
from digest.services.search import SearchPage, SearchService
from digest.storage import Store, open_store
from digest.storage.sqlite.search_index import invalidate_index, update_index
from tests.support.database import TODAY, make_paper, save_report

TAXONOMY = load_taxonomy(Path(__file__).parents[3] / "seeds" / "taxonomy.tsv")
YESTERDAY = TODAY - timedelta(days=1)


def build_search(store: Store) -> SearchService:
    """Return search on a store."""
    return SearchService(index=store.search_index, papers=store.papers, taxonomy=TAXONOMY)


async def find(store: Store, text: str, *, offset: int = 0, limit: int = 10) -> SearchPage:
    """Search for words."""
    return await build_search(store).find(text, offset=offset, limit=limit)


def found_ids(results: SearchPage) -> list[str]:
    """Return the numbers of the papers that were found, without what all of them begin with."""
    return [one.paper.id.removeprefix("2601.0000") for one in results.results]


def make_titled_paper(number: int, title: str, text: str = "", *domains: str) -> Paper:
    """Return a paper with a title and a contribution."""
    return replace(make_paper(number, *domains, text=text), title=title)


FOUND = (
    "grasping",
    "GRASPING Robot",
    "robots",
    "ａngström",
    "angstrom",
    "Ångström",
    "抓取",
    "机器",
    "机器人抓取",
    "机器人 策略",
    "抓取、机器人",
    "２倍",
    "VLA模型",
    "vla",
    "multi agent",
    "multi-agent",
    "2601.00001",
    "arXiv:2601.00001v3",
    "https://huggingface.co/papers/2601.00001",
    "robotics",
    "embodied ai",
    "机器人、具身智能与自动驾驶",
    "grasping in the robot",
    "“机器人抓取”",
    "𠮷野",
)


async def test_a_paper_is_found_by_its_title_text_id_and_domains(store: Store) -> None:
    text = "机器人抓取的策略，快２倍的 VLA模型，属于 multi-agent，𠮷野提出。"
    await save_report(
        store,
        TODAY,
        make_titled_paper(1, "Grasping with a Robot: an Ångström at a Time", text, "robotics"),
        make_titled_paper(2, "Something else", "别的", "video"),
    )

    results = {words: await find(store, words) for words in FOUND}

    assert not [words for words, page in results.items() if (found_ids(page), page.total) != (["1"], 1)]
    assert not [words for words, page in results.items() if not page.all_terms]


async def test_a_piece_of_a_word_or_signs_that_are_not_beside_each_other_find_nothing(store: Store) -> None:
    await save_report(store, TODAY, make_titled_paper(1, "Grasping robotics", "机器人抓取的策略"))

    for words in ("grasp", "人机", "抓策", "zebra", "2601.0000", "obotics", "抓取机"):
        assert (await find(store, words)).total == 0, words


async def test_every_section_counts(store: Store) -> None:
    papers = [
        replace(make_paper(number), sections={section: f"about **zebra{number}** alone"})
        for number, section in enumerate(Section, start=1)
    ]
    await save_report(store, TODAY, *papers)

    for number in range(1, len(papers) + 1):
        assert found_ids(await find(store, f"zebra{number}")) == [str(number)]


async def test_every_two_signs_that_stand_together_in_a_text_find_it(store: Store) -> None:
    text = "我们提出一种基于强化学习的视觉语言动作模型，显著提升了泛化能力"
    await save_report(store, TODAY, make_paper(1, text=text))
    pairs = [text[at : at + 2] for at in range(len(text) - 1) if "，" not in text[at : at + 2]]

    found = [(await find(store, pair)).total for pair in pairs]

    assert found == [1] * len(pairs)


async def test_the_title_weighs_more_and_of_equal_papers_the_newest_comes_first(store: Store) -> None:
    await save_report(store, YESTERDAY, make_titled_paper(1, "Plain", "zebra"), make_titled_paper(2, "Zebra", "plain"))
    await save_report(store, TODAY, make_titled_paper(3, "Plain", "zebra"), make_titled_paper(4, "Plain", "zebra"))

    assert found_ids(await find(store, "zebra")) == ["2", "4", "3", "1"]


async def test_words_of_very_many_papers_bring_the_best_of_the_newest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.storage.sqlite.search_index.MAX_RANKED", 3)
    await save_report(store, YESTERDAY, make_titled_paper(1, "Zebra"), make_titled_paper(2, "Plain", "zebra"))
    await save_report(store, TODAY, make_titled_paper(3, "Zebra"), make_titled_paper(4, "Plain", "zebra"))

    results = await find(store, "zebra")

    assert (found_ids(results), results.total) == (["3", "4", "2"], 4)


async def test_of_papers_that_come_as_near_those_with_the_rarer_word_come_first(store: Store) -> None:
    await save_report(
        store, TODAY, make_titled_paper(1, "Zebra"), *(make_titled_paper(number, "Lion") for number in (2, 3, 4))
    )

    results = await find(store, "lion zebra")

    assert (found_ids(results), results.all_terms) == (["1", "4", "3", "2"], False)


async def test_every_word_must_be_there(store: Store) -> None:
    await save_report(
        store,
        TODAY,
        make_titled_paper(1, "Robots walk"),
        make_titled_paper(2, "Robots swim"),
        make_titled_paper(3, "Fish swim"),
    )

    results = await find(store, "robot swim")

    assert (found_ids(results), results.all_terms) == (["2"], True)


async def test_where_no_paper_has_all_words_those_with_most_come_and_it_is_said(store: Store) -> None:
    await save_report(
        store,
        TODAY,
        make_titled_paper(1, "Robots walk"),
        make_titled_paper(2, "Robots swim far"),
        make_titled_paper(3, "Fish"),
        make_titled_paper(4, "Far"),
    )

    results = await find(store, "robot swim zebra")

    assert (found_ids(results), results.total, results.all_terms) == (["2"], 1, False)


async def test_a_long_chinese_phrase_that_stands_nowhere_finds_what_comes_near(store: Store) -> None:
    await save_report(store, TODAY, make_paper(1, text="机器人的抓取"), make_paper(2, text="语音合成"))

    results = await find(store, "机器人抓取策略")

    assert (found_ids(results), results.all_terms) == (["1"], False)


async def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    await save_report(store, TODAY, *(make_titled_paper(number, f"Zebra {number}") for number in range(1, 8)))

    pages = [await find(store, "zebra", offset=at, limit=3) for at in (0, 3, 6)]
    beyond = await find(store, "zebra", offset=9, limit=3)

    assert [len(page.results) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in found_ids(page)] == list("7654321")
    assert [len(page.paper_ids) for page in pages] == [3, 6, 7]
    assert (beyond.results, beyond.total) == ((), 7)


async def test_the_beginning_of_the_last_word_is_enough_while_somebody_types(store: Store) -> None:
    await save_report(store, TODAY, make_titled_paper(1, "Zebra crossing"), make_titled_paper(2, "Zebu"))
    search = build_search(store)

    typing = await search.find("zeb", as_prefix=True)
    typed = await search.find("zebra cros", as_prefix=True)
    begun = await search.find("zeb cros", as_prefix=True)
    by_id = await search.find("2601.00", as_prefix=True)

    assert sorted(found_ids(typing)) == ["1", "2"]
    assert (found_ids(typed), begun.total) == (["1"], 0)
    assert sorted(found_ids(by_id)) == ["1", "2"]


async def test_a_new_text_takes_the_place_of_the_old(store: Store) -> None:
    await save_report(store, YESTERDAY, make_paper(1, "vision", text="about zebras"))
    await save_report(store, TODAY, make_paper(1, "video", text="about lions"), name="new.md")
    await save_report(store, YESTERDAY, make_paper(1, "vision", text="about tigers"), name="old.md")

    found = {word: (await find(store, word)).total for word in ("zebra", "lion", "tiger", "vision", "video")}

    assert found == {"zebra": 0, "lion": 1, "tiger": 0, "vision": 0, "video": 1}


async def test_a_report_that_is_refused_leaves_nothing_in_the_index(store: Store) -> None:
    broken = replace(make_paper(2, text="about lions"), title=cast("str", None))

    with pytest.raises(Exception, match="title"):
        await save_report(store, TODAY, make_paper(1, text="about zebras"), broken)

    assert (await find(store, "zebra")).total == 0


async def test_papers_are_found_by_their_domains_of_now(store: Store) -> None:
    await save_report(store, TODAY, make_paper(1, "vision"), make_paper(2, "video"))

    await store.papers.reclassify(lambda _: ("robotics",), "another taxonomy")

    assert (await find(store, "robotics")).total == 2
    assert (await find(store, "image-gen")).total == 0
    assert (await find(store, "video")).total == 0


@pytest.mark.parametrize("stopped_after", [None, 0, 3])
async def test_a_database_from_before_gets_its_index_when_it_is_opened(
    store: Store, url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, stopped_after: int | None
) -> None:
    monkeypatch.setattr("digest.storage.sqlite.search_index._CHUNK", 2)
    await save_report(store, TODAY, *(make_titled_paper(number, f"Zebra {number}", "斑马") for number in range(1, 8)))
    await store.database.write(invalidate_index)
    if stopped_after is not None:
        made = asyncio.create_task(update_index(store.database))
        for _ in range(stopped_after * 20):
            await asyncio.sleep(0)
        made.cancel()
        await asyncio.gather(made, return_exceptions=True)
    await save_report(store, TODAY, make_titled_paper(8, "Zebra 8", "斑马"), name="meanwhile.md")

    again = await open_store(url, clock)
    results = await find(again, "斑马 zebra")
    left = await update_index(again.database)
    await again.close()

    assert (results.total, left) == (8, 0)
    assert sorted(found_ids(results)) == list("12345678")


async def test_two_that_make_the_index_at_once_make_one(
    store: Store, url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.storage.sqlite.search_index._CHUNK", 3)
    await save_report(store, TODAY, *(make_titled_paper(number, f"Zebra {number}") for number in range(1, 9)))
    other = await open_store(url, clock)
    await store.database.write(invalidate_index)

    taken = await asyncio.gather(update_index(store.database), update_index(other.database))
    await other.close()

    assert sum(taken) == 8
    assert (await find(store, "zebra")).total == 8


OPERATORS = (
    '"', '""', "'", "\\", "*", "^", "-", "+", ":", "(", ")", "{", "}", "[", "]", ",", ";", "--", "/*", "%",
    "_", "AND", "OR", "NOT", "NEAR", "NEAR(a b, 2)", "title:", "{title text}:", "domains : x", "rowid",
    "paper_search", "rank MATCH 'bm25()'", "' OR 1=1 --", "'; DROP TABLE papers; --", '" OR "', "x* OR y",
    "zebra\0zebra", "?1", ":all", ":term0", "$x", "@y", "\u202e", "\ufeff", "\ud800", "𠮷", "\uffff", "é",
    "🤖", "1e999", "-1", "delete-all", "integrity-check",
)  # fmt: skip


def hostile_queries(many: int) -> list[str]:
    """Return different texts of FTS and SQL syntax, the same ones each time."""
    chance = random.Random(20260124)  # noqa: S311 - texts, no secrets
    made = dict.fromkeys(OPERATORS)
    while len(made) < many:
        made[chance.choice(["", " ", "zebra"]).join(chance.choices(OPERATORS, k=chance.randint(2, 8)))] = None
    return list(made)


async def test_five_hundred_texts_of_the_index_language_are_words_and_nothing_else(store: Store) -> None:
    await save_report(store, TODAY, make_titled_paper(1, "Zebra"), make_titled_paper(2, "Lion"))
    search = build_search(store)
    tried = hostile_queries(500)

    answers = [await search.find(text, as_prefix=typing) for text in tried for typing in (False, True)]

    assert len(set(tried)) == len(tried) == 500
    # None of them says "lion": an operator that worked would bring that paper along.
    assert not any("2" in found_ids(results) for results in answers)
    assert any("1" in found_ids(results) for results in answers)
    assert [found_ids(await find(store, word)) for word in ("zebra", "lion")] == [["1"], ["2"]]


async def test_nothing_is_found_where_nothing_is(store: Store) -> None:
    assert (await find(store, "zebra")).total == 0
    assert (await find(store, "")).total == 0
    assert (await find(store, "🤖")).total == 0


async def test_the_day_of_a_paper_is_the_first_that_told_of_it(store: Store) -> None:
    await save_report(store, TODAY, make_titled_paper(1, "Zebra"))
    await save_report(store, date(2026, 1, 2), make_titled_paper(1, "Zebra"), name="older.md")

    (one,) = (await find(store, "zebra")).results

    assert one.first_date == TODAY
