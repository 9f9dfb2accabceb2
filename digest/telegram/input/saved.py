"""What is meant behind ``/saved`` and, where it is no more than a vote, behind ``/paper``."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from digest.model import Vote
from digest.papers.arxiv import find_arxiv_id

MAX_PAPERS = 10
"""Papers that one message may name."""

_ADD = re.compile(r"(?:(?:add|save|keep)\b|\+|添加|加入|收藏|保存|加|存)[\s:]*", re.IGNORECASE)
_REMOVE = re.compile(
    r"(?:(?:remove|delete|del|rm|drop|unsave)\b|-|移除|删除|删掉|去掉|取消收藏|取消|删)[\s:]*", re.IGNORECASE
)
_PAGE = re.compile(r"page\s*(\d{1,3})|第?\s*(\d{1,3})\s*页", re.IGNORECASE)
_NUMBER = re.compile(r"[#第]?\s*(\d{1,3})\s*[篇号.]?")
_SEPARATORS = re.compile(r"[\s,;、]+")
_VOTE_BY_WORD: dict[str, Vote | None] = {
    **dict.fromkeys(("up", "good", "like", "👍", "赞", "点赞", "喜欢", "有用", "不错", "好"), Vote.UP),
    **dict.fromkeys(("down", "bad", "dislike", "not for me", "👎", "踩", "不喜欢", "不感兴趣", "不好"), Vote.DOWN),
    **dict.fromkeys(("none", "neither", "take back", "取消", "撤回"), None),
}
_ANY_VOTE_WORD = "|".join(re.escape(word) for word in sorted(_VOTE_BY_WORD, key=len, reverse=True))
_VOTE_FIRST = re.compile(rf"({_ANY_VOTE_WORD})[\s:]*(\S+)", re.IGNORECASE)
_VOTE_LAST = re.compile(rf"(\S+?)\s*({_ANY_VOTE_WORD})", re.IGNORECASE)
_EMOJI_MODIFIERS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
"""What may follow a thumb: that it is coloured, and its skin."""


class SavedAction(StrEnum):
    """What is to be done with kept papers."""

    SHOW = "show"
    ADD = "add"
    REMOVE = "remove"


PaperRef = str | int
"""A paper by its arXiv id, or by its number in the newest list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCommand:
    """What is meant behind ``/saved``: ``page`` counts from 1, ``papers`` are at most ``MAX_PAPERS``."""

    action: SavedAction
    papers: tuple[PaperRef, ...] = ()
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCommand:
    """A vote for one paper; ``vote`` None takes it back."""

    vote: Vote | None
    paper: PaperRef


def parse_saved(text: str) -> SavedCommand:
    """Return what the words behind ``/saved`` mean; papers alone are to be added."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return SavedCommand(action=SavedAction.SHOW)
    if page := _PAGE.fullmatch(plain):
        return SavedCommand(action=SavedAction.SHOW, page=int(page[1] or page[2]))
    if removed := _REMOVE.match(plain):
        return SavedCommand(action=SavedAction.REMOVE, papers=_parse_papers(plain[removed.end() :]))
    added = _ADD.match(plain)
    return SavedCommand(action=SavedAction.ADD, papers=_parse_papers(plain[added.end() :] if added else plain))


def parse_vote(text: str) -> VoteCommand | None:
    """Return the vote that ``text`` is, ``good 3`` or ``2601.15876 👎``; None where it is more or less."""
    plain = _EMOJI_MODIFIERS.sub("", unicodedata.normalize("NFKC", text)).strip()
    if first := _VOTE_FIRST.fullmatch(plain):
        word, name = first[1], first[2]
    elif last := _VOTE_LAST.fullmatch(plain):
        name, word = last[1], last[2]
    else:
        return None
    paper = _parse_paper(name)
    return None if paper is None else VoteCommand(vote=_VOTE_BY_WORD[word.lower()], paper=paper)


def _parse_papers(text: str) -> tuple[PaperRef, ...]:
    found = (_parse_paper(word) for word in _SEPARATORS.split(text))
    return tuple(dict.fromkeys(paper for paper in found if paper is not None))[:MAX_PAPERS]


def _parse_paper(word: str) -> PaperRef | None:
    if found := find_arxiv_id(word):
        return found.id
    number = _NUMBER.fullmatch(word)
    return int(number[1]) if number else None
