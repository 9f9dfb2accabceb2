"""Digests, announcements and the keyboard of domains in Telegram."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Announcement, DetailLevel, EmptyReason, Locale, Paper, Section, SelectedPaper
from digest.model.message import Keyboard, TelegramMessage
from digest.render.telegram.callback_data import Action, CallbackData, decode_callback
from tests.render.email.sample_emails import make_digest, seed_papers_by_id
from tests.render.hostile_texts import ANY_TEXT
from tests.render.telegram.sample_messages import empty_digest, make_paper, make_renderer
from tests.render.telegram.strict_reader import assert_accepted, assert_keyboard_accepted


def make_papers(count: int, contribution: str = "提出了一种新的方法。" * 12) -> Mapping[str, Paper]:
    """Return so many made-up papers."""
    papers = [
        make_paper(
            f"Paper number {n}: a title of ordinary length, as they come every day",
            id_=f"2601.{n:05}",
            sections={Section.CONTRIBUTION: contribution},
        )
        for n in range(1, count + 1)
    ]
    return {paper.id: paper for paper in papers}


def button_actions(keyboard: Keyboard) -> list[tuple[str, CallbackData | None]]:
    """Return what each button reads and says."""
    return [(button.text, decode_callback(button.callback_data or "")) for row in keyboard for button in row]


def opened_papers(parts: tuple[TelegramMessage, ...]) -> list[str]:
    """Return the ids that the number buttons open, in order."""
    return [press.first_arg for part in parts for _, press in button_actions(part.keyboard) if press]


@pytest.mark.parametrize("locale", Locale)
def test_the_seeds_whole_day_is_one_message(locale: Locale) -> None:
    papers = list(seed_papers_by_id().values())

    parts = make_renderer().render_digest(make_digest(papers, locale=locale), seed_papers_by_id())

    (part,) = parts
    shown = assert_accepted(part)
    assert [line.partition(". ")[0] for line in shown.split("\n") if line[:1].isdigit() and ". " in line[:4]] == [
        str(n) for n in range(1, 28)
    ]
    assert not part.silent
    assert opened_papers(parts) == [paper.id for paper in papers]
    assert all(f'href="https://arxiv.org/abs/{paper.id}"' in part.html for paper in papers)
    assert shown.count("…") >= 20


def test_a_short_digest_has_whole_contributions_and_says_what_else_a_paper_is_in() -> None:
    papers = list(seed_papers_by_id().values())

    (part,) = make_renderer().render_digest(make_digest(papers, subscribed_domains=("robotics",)), seed_papers_by_id())

    assert "…" not in assert_accepted(part)
    assert "Robotics, embodied AI &amp; driving\n4 of 27 new papers" in part.html or "of 27 new papers" in part.html
    assert "Also in: Video understanding &amp; generation" in part.html


def test_a_reader_of_several_domains_sees_which_of_them_brought_a_paper() -> None:
    paper = replace(make_paper("Both"), domains=("robotics", "video", "rl"))

    (part,) = make_renderer().render_digest(
        make_digest([paper], subscribed_domains=("video", "robotics", "nlp")), {paper.id: paper}
    )

    assert "Your domains: Robotics, embodied AI & driving · Video understanding & generation\n" in part.plain
    assert "Reinforcement" not in part.plain


@pytest.mark.parametrize("count", [1, 27, 41, 250])
def test_digests_of_any_size_are_cut_between_papers_alone(count: int) -> None:
    papers = make_papers(count)

    parts = make_renderer().render_digest(make_digest(list(papers.values())), papers)

    assert opened_papers(parts) == list(papers)
    assert "".join(assert_accepted(part) for part in parts).count("Paper number") == count
    assert [part.silent for part in parts] == [False] + [True] * (len(parts) - 1)
    assert [part.reply_to_first for part in parts] == [part.silent for part in parts]
    assert [("/settings" in part.html) for part in parts] == [False] * (len(parts) - 1) + [True]


def test_titles_alone_make_one_message_of_a_long_day() -> None:
    papers = make_papers(45)

    parts = make_renderer().render_digest(make_digest(list(papers.values())), papers)

    assert len(parts) == 1


def test_a_paper_read_from_its_abstract_says_so_at_any_length() -> None:
    one = {"2601.00001": replace(make_paper("Short"), summary_source="ArXiv Abs")}
    many = {**one, **{id_: paper for id_, paper in make_papers(40).items() if id_ not in one}}

    short = make_renderer().render_digest(make_digest(list(one.values())), one)
    long = make_renderer().render_digest(make_digest(list(many.values())), many)

    for part in (short[0], long[0]):
        assert part.html.count("<i>abstract only</i>") == 1
        assert part.plain.count("abstract only") == 1


def test_a_missing_paper_is_a_line_with_its_link_and_no_button() -> None:
    paper = make_paper("There", id_="2601.00002")
    digest = replace(
        make_digest([paper]),
        papers=(SelectedPaper(paper_id="2601.00001"), SelectedPaper(paper_id="2601.00002")),
        candidate_count=2,
    )

    parts = make_renderer().render_digest(digest, {paper.id: paper})

    assert '1. <a href="https://arxiv.org/abs/2601.00001">2601.00001</a> · could not be shown' in parts[0].html
    assert "1. 2601.00001 (https://arxiv.org/abs/2601.00001) · could not be shown" in parts[0].plain
    assert button_actions(parts[0].keyboard) == [("2", CallbackData(Action.PAPER, ("2601.00002",)))]


def test_papers_beyond_the_bound_are_counted() -> None:
    papers = make_papers(3)
    digest = replace(make_digest(list(papers.values())), omitted_count=5, candidate_count=27)

    (part,) = make_renderer().render_digest(digest, papers)

    assert "3 of 27 new papers" in part.html
    assert "and 5 more: /today" in part.html


def test_a_digest_without_a_next_turn_names_the_settings_alone() -> None:
    papers = make_papers(1)

    (part,) = make_renderer().render_digest(replace(make_digest(list(papers.values())), next_digest_at=None), papers)

    assert part.html.endswith("\n/settings")
    assert "1 new paper\n" in part.html


def test_old_ids_are_linked_and_open() -> None:
    paper = make_paper("A classic", id_="hep-th/9901001")

    parts = make_renderer().render_digest(make_digest([paper]), {paper.id: paper})

    assert 'href="https://arxiv.org/abs/hep-th/9901001"' in parts[0].html
    assert opened_papers(parts) == ["hep-th/9901001"]


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (EmptyReason.NONE_IN_DOMAINS, "No papers in “Robotics, embodied AI & driving” today, 27 papers in total."),
        (EmptyReason.NO_NEW_PAPERS, "No new papers today."),
        (EmptyReason.NO_DOMAINS_CHOSEN, "You follow no domains yet. Choose some, and your papers will come here."),
        (EmptyReason.NO_REPORT_YET, "No report has arrived yet. Your papers come as soon as the first one is here."),
    ],
)
def test_a_day_without_papers_is_one_silent_line_with_the_reason(reason: EmptyReason, line: str) -> None:
    (part,) = make_renderer().render_digest(empty_digest(reason), {})

    assert assert_accepted(part) == line
    assert part.plain == line
    assert part.silent


def test_who_follows_no_domain_gets_the_button_that_shows_them() -> None:
    (part,) = make_renderer().render_digest(empty_digest(EmptyReason.NO_DOMAINS_CHOSEN, subscribed_domains=()), {})

    assert button_actions(part.keyboard) == [("Choose domains", CallbackData(Action.DOMAINS))]


@settings(deadline=None)  # the machine may be busy
@given(
    ids=st.lists(ANY_TEXT, min_size=1, max_size=5, unique=True),
    title=ANY_TEXT,
    text=ANY_TEXT,
    slug=ANY_TEXT,
    locale=st.sampled_from(Locale),
    layout=st.sampled_from(DetailLevel),
    bot=st.sampled_from([None, "paper_digest_bot"]),
)
def test_whatever_a_paper_holds_telegram_takes_the_digest(
    ids: list[str], title: str, text: str, slug: str, locale: Locale, layout: DetailLevel, bot: str | None
) -> None:
    sections = {Section.CONTRIBUTION: text, Section.INNOVATIONS: text * 3}
    papers = {id_: replace(make_paper(title, id_=id_, sections=sections), domains=(slug, "robotics")) for id_ in ids}
    digest = make_digest(list(papers.values()), subscribed_domains=(slug, "rl"), locale=locale)
    picks = tuple(replace(pick, matched_keywords=(text, slug)) for pick in digest.papers)

    parts = make_renderer().render_digest(replace(digest, papers=picks, detail_level=layout), papers, bot_username=bot)

    shown = "\n".join(assert_accepted(part) for part in parts)
    assert all(f"{n}. " in shown for n in range(1, len(ids) + 1))
    assert not set(shown) & set("\x00\u202e\u2066")


@settings(deadline=None)  # the machine may be busy
@given(text=ANY_TEXT)
def test_whatever_an_admin_writes_arrives(text: str) -> None:
    parts = make_renderer().render_announcement(Announcement(text=text))

    shown = "".join(assert_accepted(part) for part in parts)
    letters = [char for char in text if char.isalnum()]
    assert [char for char in shown if char.isalnum()] == letters
    assert [part.reply_to_first for part in parts] == [n > 0 for n in range(len(parts))]


def test_an_announcement_is_sent_as_written() -> None:
    text = "Tomorrow <later>.\n\nhttps://example.org/?a=1&b=2"

    (part,) = make_renderer().render_announcement(Announcement(text=text))

    assert assert_accepted(part) == text
    assert part.plain == text


def test_a_long_announcement_is_cut_between_paragraphs() -> None:
    paragraphs = [f"{n}{' word' * 300}" for n in range(5)]

    parts = make_renderer().render_announcement(Announcement(text="\n\n".join(paragraphs)))

    written = list(chain.from_iterable(part.plain.split("\n\n") for part in parts))
    assert written == paragraphs


def test_the_keyboard_ticks_what_is_followed_and_counts_todays_papers() -> None:
    keyboard = make_renderer().domain_keyboard(("robotics", "medical"), {"medical": 3, "rl": 12}, Locale.EN)

    texts = dict(button_actions(keyboard))
    assert_keyboard_accepted(keyboard)
    assert texts["Medicine & health ✓ · 3"] == CallbackData(Action.TOGGLE_DOMAIN, ("medical",))
    assert texts["Robotics, embodied… ✓"] == CallbackData(Action.TOGGLE_DOMAIN, ("robotics",))
    assert texts["Reinforcement… · 12"] == CallbackData(Action.TOGGLE_DOMAIN, ("rl",))
    assert button_actions(keyboard[:1]) == [("Everything", CallbackData(Action.TOGGLE_ALL))]
    assert button_actions(keyboard[-1:]) == [("Today's papers", CallbackData(Action.TODAY))]
    assert {len(row) for row in keyboard[1:-2]} == {2}


def test_the_keyboard_of_who_reads_everything_is_ticked_throughout() -> None:
    keyboard = make_renderer().domain_keyboard(None, {}, Locale.EN)

    ticked = [text.endswith(" ✓") for text, _ in button_actions(keyboard)]
    assert ticked == [True] * (len(ticked) - 1) + [False]


def test_the_same_paper_is_made_once_for_many_readers() -> None:
    papers = make_papers(5)
    digest = make_digest(list(papers.values()))
    first = make_renderer().render_digest(digest, papers)

    again = make_renderer().render_digest(replace(digest, papers_since=date(2025, 1, 1)), dict(papers))

    assert again == first
