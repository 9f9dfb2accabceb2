"""Which command a message means: ``/today@ThisBot``, ``今天``, ``订阅机器人``, a paper's address, a code."""

import re
import unicodedata
from dataclasses import dataclass

from digest.papers.arxiv import find_arxiv_id

COMMAND_ALIASES: dict[str, tuple[str, ...]] = {
    "start": ("开始",),
    "help": ("帮助", "命令", "怎么用"),
    "subscribe": ("订阅", "关注", "follow"),
    "unsubscribe": ("退订", "取消订阅", "取消关注", "unfollow"),
    "domains": ("领域", "方向"),
    "today": ("今天", "今日", "最新"),
    "paper": ("论文",),
    "search": ("搜索", "查找", "找论文", "find"),
    "saved": ("收藏", "我的收藏"),
    "settings": ("设置", "设定"),
    "pause": ("暂停", "stop"),
    "resume": ("继续", "恢复"),
    "email": ("邮箱", "邮件"),
    "groups": ("群组", "频道", "channels"),
    "mydata": ("我的数据",),
    "forget": ("忘记我", "删除我"),
    "broadcast": ("广播",),
    "stats": ("统计",),
    "outbox": ("发件箱",),
    "health": ("健康", "状态"),
    "user": ("用户",),
    "upload": ("上传报告",),
}
"""Every command with the other words that mean it, with a slash and without."""

_COMMAND_BY_WORD = {word: name for name, words in COMMAND_ALIASES.items() for word in (name, *words)}
_CHINESE_WORDS = sorted((w for w in _COMMAND_BY_WORD if not w.isascii()), key=len, reverse=True)
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


def parse_message(text: str, bot_username: str) -> ParsedCommand | None:
    """Return what a message means; None where it is a command to another bot than ``bot_username``."""
    text = _CONTROL_CHARACTERS.sub("", text).strip()
    if text.startswith(("/", "／")):
        head, _, rest = _split_first_word(text[1:])
        word, _, addressee = head.partition("@")
        if addressee and addressee.casefold() != bot_username.casefold():
            return None
        return _parse_command(word, rest, has_slash=True) or ParsedCommand(name="", text=text, has_slash=True)
    head, _, rest = _split_first_word(text)
    return (
        _parse_command(head.rstrip(":："), rest, has_slash=False)
        or _guess_command(text)
        or ParsedCommand(name="", text=text)
    )


def _split_first_word(text: str) -> tuple[str, str, str]:
    """Cut at the first blank, keeping every line end behind it."""
    found = re.search(r"\s+", text)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")


def _parse_command(word: str, rest: str, *, has_slash: bool) -> ParsedCommand | None:
    """Return the command that a first word names, where Chinese may be written together with its object."""
    spelling = unicodedata.normalize("NFKC", strip_invisible(word)).casefold()
    if name := _COMMAND_BY_WORD.get(spelling):
        return ParsedCommand(name=name, text=rest.strip(), has_slash=has_slash)
    for together in _CHINESE_WORDS:
        if spelling.startswith(together):
            behind = f"{word[len(together) :]} {rest}".lstrip("：:，,。 ").rstrip()
            return ParsedCommand(name=_COMMAND_BY_WORD[together], text=behind, has_slash=has_slash)
    return None


def _guess_command(text: str) -> ParsedCommand | None:
    """Return what a message means that is nothing but a paper, a number of the list, an address or a code."""
    narrow = unicodedata.normalize("NFKC", text)
    if _CODE.fullmatch(narrow) or _EMAIL_ADDRESS.fullmatch(text):
        return ParsedCommand(name="email", text=text)
    if _NUMBER.fullmatch(narrow) or find_arxiv_id(text):
        return ParsedCommand(name="paper", text=text)
    return None
