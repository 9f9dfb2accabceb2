"""What is meant behind /saved, and which words are a vote."""

from digest.model import Vote
from digest.telegram.input.saved import MAX_PAPERS, SavedAction, SavedCommand, VoteCommand, parse_saved, parse_vote


def test_papers_are_added_however_they_are_named() -> None:
    rows = [
        "add 3 2601.15876",
        "3, 2601.15876",
        "ADD #3; arXiv:2601.15876v2",
        "save 3 https://arxiv.org/abs/2601.15876",
        "+3 https://huggingface.co/papers/2601.15876",
        "添加３，２６０１.１５８７６",
        "加 第3篇、2601.15876",
        "收藏：3 2601.15876 3",
    ]

    assert not [
        text for text in rows if parse_saved(text) != SavedCommand(action=SavedAction.ADD, papers=(3, "2601.15876"))
    ]


def test_papers_are_taken_off_in_any_usual_words() -> None:
    rows = ["remove 3", "Delete #3", "rm 3", "-3", "删除3", "取消 第3篇", "移除：３"]

    assert not [text for text in rows if parse_saved(text) != SavedCommand(action=SavedAction.REMOVE, papers=(3,))]


def test_a_page_is_shown() -> None:
    rows = [("", 1), ("  ", 1), ("page 2", 2), ("第2页", 2), ("２ 页", 2)]

    assert not [
        (text, page) for text, page in rows if parse_saved(text) != SavedCommand(action=SavedAction.SHOW, page=page)
    ]


def test_words_that_name_no_paper_name_none() -> None:
    assert parse_saved("add something nice").papers == ()
    assert parse_saved("remove all").papers == ()


def test_one_message_names_a_bounded_number_of_papers() -> None:
    assert len(parse_saved(" ".join(map(str, range(1, 500)))).papers) == MAX_PAPERS


def test_a_vote_is_a_word_and_a_paper_in_either_order() -> None:
    rows = [
        ("good 3", VoteCommand(vote=Vote.UP, paper=3)),
        ("3 good", VoteCommand(vote=Vote.UP, paper=3)),
        ("UP 2601.15876", VoteCommand(vote=Vote.UP, paper="2601.15876")),
        ("👍 3", VoteCommand(vote=Vote.UP, paper=3)),
        ("👍🏽3", VoteCommand(vote=Vote.UP, paper=3)),
        ("赞3", VoteCommand(vote=Vote.UP, paper=3)),
        ("第3篇 喜欢", VoteCommand(vote=Vote.UP, paper=3)),
        ("not for me 3", VoteCommand(vote=Vote.DOWN, paper=3)),
        ("3 不喜欢", VoteCommand(vote=Vote.DOWN, paper=3)),
        ("down https://arxiv.org/abs/2601.15876", VoteCommand(vote=Vote.DOWN, paper="2601.15876")),
        ("2601.15876👎", VoteCommand(vote=Vote.DOWN, paper="2601.15876")),
        ("none 3", VoteCommand(vote=None, paper=3)),
        ("撤回 3", VoteCommand(vote=None, paper=3)),
    ]

    assert not [(text, wish) for text, wish in rows if parse_vote(text) != wish]


def test_what_is_more_or_less_than_a_vote_is_none() -> None:
    rows = [
        "",
        "3",
        "2601.15876",
        "good",
        "good paper",
        "a good one: 2601.15876",
        "goodness 3",
        "look up 2601.15876 now",
    ]

    assert not [text for text in rows if parse_vote(text) is not None]
