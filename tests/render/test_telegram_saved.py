"""The pages of saved papers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.callbacks import Action, callback
from digest.message import Button
from digest.model import Locale
from digest.render.telegram_saved import PAGE, first_of_page
from tests.render.chats import a_paper, renderer
from tests.render.hostile import ANY
from tests.render.mails import seed
from tests.render.strict_telegram import accepted

IDS = list(seed())


@pytest.mark.parametrize(("start", "first"), [(0, 0), (9, 0), (10, 10), (26, 20), (999, 20), (-10, 0)])
def test_any_place_leads_to_the_page_that_is_nearest(start: int, first: int) -> None:
    assert first_of_page(start, len(IDS)) == first


def test_a_page_in_the_middle_leads_both_ways_and_keeps_the_numbers_of_the_list() -> None:
    part = renderer().saved(IDS, seed(), start=10, locale=Locale.EN)

    shown = accepted(part)
    assert shown.startswith("Your saved papers · 11–20 of 27\n\n11. ")
    assert [button.text for row in part.keyboard[:-1] for button in row] == [str(n) for n in range(11, 21)]
    assert part.keyboard[0][0].data == callback(Action.PAPER, IDS[10])
    assert part.keyboard[-1] == (
        Button(text="◀ Newer", data=callback(Action.SAVED, "0")),
        Button(text="Older ▶", data=callback(Action.SAVED, "20")),
    )
    assert "/saved page 3" in shown


def test_a_list_of_one_page_has_no_buttons_to_page() -> None:
    part = renderer().saved(IDS[:3], seed(), start=0, locale=Locale.EN)

    assert "· 3 papers\n" in accepted(part)
    assert "page" not in part.html
    assert len(part.keyboard) == 1


@settings(deadline=None)  # the machine may be busy
@given(
    titles=st.lists(ANY, min_size=PAGE, max_size=PAGE),
    ids=st.lists(ANY, min_size=PAGE, max_size=PAGE, unique=True),
    locale=st.sampled_from(Locale),
)
def test_whatever_saved_papers_hold_telegram_takes_their_page(
    titles: list[str], ids: list[str], locale: Locale
) -> None:
    papers = {id_: a_paper(title * 9, id_=id_) for id_, title in zip(ids, titles, strict=True)}

    part = renderer().saved(ids, papers, start=0, locale=locale)

    assert all(f"\n{n}. " in f"\n{accepted(part)}" for n in range(1, PAGE + 1))
