"""Which command a message means: ``/today@ThisBot``, ``今天``, ``订阅机器人``, a paper's address, a code."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from digest.papers.arxiv import find_arxiv_id

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EMAIL_ADDRESS = re.compile(r"[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+")
_CODE = re.compile(r"\d{3} ?\d{3}")
_NUMBER = re.compile(r"#?\d{1,3}")
_YES_WORDS = frozenset({"yes", "y", "是", "确认", "确定", "好"})
_CONFIRMATION = re.compile(r"(?:(yes|确认)|no|不)\s+([0-9a-f]{8})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCommand:
    """What was said: a command's ``name`` ("" where none is meant) and the words behind it."""

    name: str
    text: str = ""
    has_slash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationReply:
    """The typed answer to a question: ``yes 1a2b3c4d``, whose key stands in the question."""

    key: str
    yes: bool


def is_yes(text: str) -> bool:
    """Return whether a message says yes and nothing else."""
    return text.strip().casefold() in _YES_WORDS


def parse_confirmation(text: str) -> ConfirmationReply | None:
    """Return the answer to a question that a message is, None where it is none."""
    found = _CONFIRMATION.fullmatch(text.strip())
    return ConfirmationReply(key=found[2].lower(), yes=found[1] is not None) if found else None


def strip_invisible(text: str) -> str:
    """Return the text without control and direction signs, so that it cannot turn what stands around it."""
    return _INVISIBLE.sub("", _CONTROL_CHARACTERS.sub("", text))


def parse_message(text: str, bot_username: str, names: Mapping[str, str]) -> ParsedCommand | None:
    """Return what a message means; None where it is a command to another bot than ``bot_username``.

    ``names`` are the words that mean a command, each with the command's name.
    """
    text = _CONTROL_CHARACTERS.sub("", text).strip()
    if text.startswith(("/", "／")):
        head, _, rest = _split_first_word(text[1:])
        word, _, addressee = head.partition("@")
        if addressee and addressee.casefold() != bot_username.casefold():
            return None
        return _parse_command(word, rest, names, has_slash=True) or ParsedCommand(name="", text=text, has_slash=True)
    head, _, rest = _split_first_word(text)
    return (
        _parse_command(head.rstrip(":："), rest, names, has_slash=False)
        or _guess_command(text)
        or ParsedCommand(name="", text=text)
    )


def _split_first_word(text: str) -> tuple[str, str, str]:
    """Cut at the first blank, keeping every line end behind it."""
    found = re.search(r"\s+", text)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")


def _parse_command(word: str, rest: str, names: Mapping[str, str], *, has_slash: bool) -> ParsedCommand | None:
    """Return the command that a first word names, where Chinese may be written together with its object."""
    spelling = unicodedata.normalize("NFKC", strip_invisible(word)).casefold()
    if name := names.get(spelling):
        return ParsedCommand(name=name, text=rest.strip(), has_slash=has_slash)
    for together in sorted(names, key=len, reverse=True):
        if not together.isascii() and spelling.startswith(together):
            behind = f"{word[len(together) :]} {rest}".lstrip("：:，,。 ").rstrip()
            return ParsedCommand(name=names[together], text=behind, has_slash=has_slash)
    return None


def _guess_command(text: str) -> ParsedCommand | None:
    """Return what a message means that is nothing but a paper, a number of the list, an address or a code."""
    narrow = unicodedata.normalize("NFKC", text)
    if _CODE.fullmatch(narrow) or _EMAIL_ADDRESS.fullmatch(text):
        return ParsedCommand(name="email", text=text)
    if _NUMBER.fullmatch(narrow) or find_arxiv_id(text):
        return ParsedCommand(name="paper", text=text)
    return None
