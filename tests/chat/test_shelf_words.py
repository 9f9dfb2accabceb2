"""What is meant behind /saved, and which words are a vote."""

import pytest

from digest.chat.shelf_words import MOST_NAMED, Do, SavedWish, VoteWish, read_saved, read_vote
from digest.model import Vote


@pytest.mark.parametrize(
    "text",
    [
        "add 3 2601.15876",
        "3, 2601.15876",
        "ADD #3; arXiv:2601.15876v2",
        "save 3 https://arxiv.org/abs/2601.15876",
        "+3 https://huggingface.co/papers/2601.15876",
        "添加３，２６０１.１５８７６",
        "加 第3篇、2601.15876",
        "收藏：3 2601.15876 3",
    ],
)
def test_papers_are_added_however_they_are_named(text: str) -> None:
    assert read_saved(text) == SavedWish(do=Do.ADD, papers=(3, "2601.15876"))


@pytest.mark.parametrize("text", ["remove 3", "Delete #3", "rm 3", "-3", "删除3", "取消 第3篇", "移除：３"])
def test_papers_are_taken_off_in_any_usual_words(text: str) -> None:
    assert read_saved(text) == SavedWish(do=Do.REMOVE, papers=(3,))


@pytest.mark.parametrize(("text", "page"), [("", 1), ("  ", 1), ("page 2", 2), ("第2页", 2), ("２ 页", 2)])
def test_a_page_is_shown(text: str, page: int) -> None:
    assert read_saved(text) == SavedWish(do=Do.SHOW, page=page)


def test_words_that_name_no_paper_name_none() -> None:
    assert read_saved("add something nice").papers == ()
    assert read_saved("remove all").papers == ()


def test_one_message_names_a_bounded_number_of_papers() -> None:
    assert len(read_saved(" ".join(map(str, range(1, 500)))).papers) == MOST_NAMED


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("good 3", VoteWish(vote=Vote.UP, paper=3)),
        ("3 good", VoteWish(vote=Vote.UP, paper=3)),
        ("UP 2601.15876", VoteWish(vote=Vote.UP, paper="2601.15876")),
        ("👍 3", VoteWish(vote=Vote.UP, paper=3)),
        ("👍🏽3", VoteWish(vote=Vote.UP, paper=3)),
        ("赞3", VoteWish(vote=Vote.UP, paper=3)),
        ("第3篇 喜欢", VoteWish(vote=Vote.UP, paper=3)),
        ("not for me 3", VoteWish(vote=Vote.DOWN, paper=3)),
        ("3 不喜欢", VoteWish(vote=Vote.DOWN, paper=3)),
        ("down https://arxiv.org/abs/2601.15876", VoteWish(vote=Vote.DOWN, paper="2601.15876")),
        ("2601.15876👎", VoteWish(vote=Vote.DOWN, paper="2601.15876")),
        ("none 3", VoteWish(vote=None, paper=3)),
        ("撤回 3", VoteWish(vote=None, paper=3)),
    ],
)
def test_a_vote_is_a_word_and_a_paper_in_either_order(text: str, wish: VoteWish) -> None:
    assert read_vote(text) == wish


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "2601.15876",
        "good",
        "good paper",
        "a good one: 2601.15876",
        "goodness 3",
        "look up 2601.15876 now",
    ],
)
def test_what_is_more_or_less_than_a_vote_is_none(text: str) -> None:
    assert read_vote(text) is None
