"""The pages of saved papers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Locale
from digest.model.message import Button
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.paper import PAGE_SIZE, page_start
from tests.render.email.sample_emails import seed_papers_by_id
from tests.render.hostile_texts import ANY_TEXT
from tests.render.telegram.sample_messages import make_paper, make_renderer
from tests.render.telegram.strict_reader import assert_accepted

IDS = list(seed_papers_by_id())


@pytest.mark.parametrize(("start", "first"), [(0, 0), (9, 0), (10, 10), (26, 20), (999, 20), (-10, 0)])
def test_any_place_leads_to_the_page_that_is_nearest(start: int, first: int) -> None:
    assert page_start(start, len(IDS)) == first


def test_a_page_in_the_middle_leads_both_ways_and_keeps_the_numbers_of_the_list() -> None:
    part = make_renderer().render_saved_papers(IDS, seed_papers_by_id(), start=10, locale=Locale.EN)

    shown = assert_accepted(part)
    assert shown.startswith("Your saved papers · 11–20 of 27\n\n11. ")
    assert [button.text for row in part.keyboard[:-1] for button in row] == [str(n) for n in range(11, 21)]
    assert part.keyboard[0][0].callback_data == encode_callback(Action.PAPER, IDS[10])
    assert part.keyboard[-1] == (
        Button(text="◀ Newer", callback_data=encode_callback(Action.SAVED, "0")),
        Button(text="Older ▶", callback_data=encode_callback(Action.SAVED, "20")),
    )
    assert "/saved page 3" in shown


def test_a_list_of_one_page_has_no_buttons_to_page() -> None:
    part = make_renderer().render_saved_papers(IDS[:3], seed_papers_by_id(), start=0, locale=Locale.EN)

    assert "· 3 papers\n" in assert_accepted(part)
    assert "page" not in part.html
    assert len(part.keyboard) == 1


@settings(deadline=None)  # the machine may be busy
@given(
    titles=st.lists(ANY_TEXT, min_size=PAGE_SIZE, max_size=PAGE_SIZE),
    ids=st.lists(ANY_TEXT, min_size=PAGE_SIZE, max_size=PAGE_SIZE, unique=True),
    locale=st.sampled_from(Locale),
)
def test_whatever_saved_papers_hold_telegram_takes_their_page(
    titles: list[str], ids: list[str], locale: Locale
) -> None:
    papers = {id_: make_paper(title * 9, id_=id_) for id_, title in zip(ids, titles, strict=True)}

    part = make_renderer().render_saved_papers(ids, papers, start=0, locale=locale)

    assert all(f"\n{n}. " in f"\n{assert_accepted(part)}" for n in range(1, PAGE_SIZE + 1))
