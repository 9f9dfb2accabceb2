"""A reader's own shelf: who comes to have one, and how keeping a paper can end."""

import pytest

from digest.model import EndpointState, Locale, PaperFeedback, Target, Vote
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode
from digest.services import saved_papers as module
from digest.services.saved_papers import SavedPaperService, SaveResult
from digest.storage import Store
from tests.support.database import TODAY, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
FIRST_ID, SECOND_ID = "2601.00001", "2601.00002"


@pytest.fixture
async def saved_papers(store: Store, clock: FixedClock) -> SavedPaperService:
    """Return shelves in a store with two papers."""
    await save_report(store, TODAY, make_paper(1), make_paper(2))
    return SavedPaperService(store=store.saved_papers, subscriptions=subscription_service(store, clock), clock=clock)


async def test_who_saves_a_paper_becomes_known_and_gets_nothing_unasked(saved_papers: SavedPaperService) -> None:
    end = await saved_papers.save(CHAT, FIRST_ID, locale=Locale.ZH)

    reader = await saved_papers.subscriptions.find_profile(CHAT)
    assert end is SaveResult.SAVED
    assert reader is not None
    assert reader.preferences.locale is Locale.ZH
    assert reader.preferences.domains == ()
    assert reader.subscriber.next_digest_at is None
    assert await saved_papers.saved_ids(reader) == (FIRST_ID,)


async def test_saving_does_not_switch_a_chat_on_that_its_reader_switched_off(
    saved_papers: SavedPaperService, store: Store
) -> None:
    reader = await saved_papers.subscriptions.subscribe(CHAT, ["robotics"])
    await store.link_tokens.deactivate(reader.endpoints[0].id, Reason(ReasonCode.BOT_BLOCKED), saved_papers.clock())

    await saved_papers.save(CHAT, FIRST_ID, locale=Locale.EN)

    after = await saved_papers.subscriptions.find_profile(CHAT)
    assert after is not None
    assert after.endpoints[0].state is EndpointState.UNSUBSCRIBED


async def test_saving_again_says_so(saved_papers: SavedPaperService) -> None:
    await saved_papers.save(CHAT, FIRST_ID, locale=Locale.EN)

    assert await saved_papers.save(CHAT, FIRST_ID, locale=Locale.EN) is SaveResult.ALREADY_SAVED


async def test_a_paper_that_no_report_told_of_is_unknown(saved_papers: SavedPaperService) -> None:
    assert await saved_papers.save(CHAT, "2601.99999", locale=Locale.EN) is SaveResult.UNKNOWN_PAPER
    assert await saved_papers.vote(CHAT, "2601.99999", Vote.UP, locale=Locale.EN) is None


async def test_a_full_shelf_says_so_and_takes_more_once_there_is_room(
    saved_papers: SavedPaperService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SAVED", 1)
    await saved_papers.save(CHAT, FIRST_ID, locale=Locale.EN)

    full = await saved_papers.save(CHAT, SECOND_ID, locale=Locale.EN)
    await saved_papers.remove(CHAT, FIRST_ID)
    then = await saved_papers.save(CHAT, SECOND_ID, locale=Locale.EN)

    assert (full, then) == (SaveResult.LIMIT_REACHED, SaveResult.SAVED)


async def test_a_vote_says_how_it_stands(saved_papers: SavedPaperService) -> None:
    up = await saved_papers.vote(CHAT, FIRST_ID, Vote.UP, locale=Locale.EN)
    back = await saved_papers.vote(CHAT, FIRST_ID, None, locale=Locale.EN)

    assert (up, back) == (PaperFeedback(vote=Vote.UP), PaperFeedback())


async def test_who_is_not_known_has_an_empty_shelf(saved_papers: SavedPaperService) -> None:
    assert await saved_papers.saved_ids(None) == ()
    assert await saved_papers.feedback(None, FIRST_ID) == PaperFeedback()
    assert not await saved_papers.remove(CHAT, FIRST_ID)
    assert await saved_papers.subscriptions.find_profile(CHAT) is None
