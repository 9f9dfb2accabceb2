"""Which command a message means: ``/today@ThisBot``, ``今天``, ``订阅机器人``, a paper's address, a code."""

import re
import unicodedata
from dataclasses import dataclass

from digest.arxiv import find_arxiv_id

COMMANDS: dict[str, tuple[str, ...]] = {
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

_MEANT = {word: name for name, words in COMMANDS.items() for word in (name, *words)}
_CHINESE = sorted((w for w in _MEANT if not w.isascii()), key=len, reverse=True)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ADDRESS = re.compile(r"[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+")
_CODE = re.compile(r"\d{3} ?\d{3}")
_NUMBER = re.compile(r"#?\d{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was said: a command's ``name`` ("" where none is meant) and the words behind it."""

    name: str
    text: str = ""
    slash: bool = False


def without_unseen(text: str) -> str:
    """Give the text without control and direction signs, so that it cannot turn what stands around it."""
    return _UNSEEN.sub("", _CONTROL.sub("", text))


def read_message(text: str, bot: str) -> Spoken | None:
    """Give what a message means; None where it is a command to another bot than ``bot``."""
    text = _CONTROL.sub("", text).strip()
    if text.startswith(("/", "／")):
        head, _, rest = _split(text[1:])
        word, _, addressee = head.partition("@")
        if addressee and addressee.casefold() != bot.casefold():
            return None
        return _named(word, rest, slash=True) or Spoken(name="", text=text, slash=True)
    head, _, rest = _split(text)
    return _named(head.rstrip(":："), rest, slash=False) or _guessed(text) or Spoken(name="", text=text)


def _split(text: str) -> tuple[str, str, str]:
    """Cut at the first blank, keeping every line end behind it."""
    found = re.search(r"\s+", text)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")


def _named(word: str, rest: str, *, slash: bool) -> Spoken | None:
    """Give the command that a first word names, where Chinese may be written together with its object."""
    spelling = unicodedata.normalize("NFKC", without_unseen(word)).casefold()
    if name := _MEANT.get(spelling):
        return Spoken(name=name, text=rest.strip(), slash=slash)
    for together in _CHINESE:
        if spelling.startswith(together):
            behind = f"{word[len(together) :]} {rest}".lstrip("：:，,。 ").rstrip()
            return Spoken(name=_MEANT[together], text=behind, slash=slash)
    return None


def _guessed(text: str) -> Spoken | None:
    """Give what a message means that is nothing but a paper, a number of the list, an address or a code."""
    narrow = unicodedata.normalize("NFKC", text)
    if _CODE.fullmatch(narrow) or _ADDRESS.fullmatch(text):
        return Spoken(name="email", text=text)
    if _NUMBER.fullmatch(narrow) or find_arxiv_id(text):
        return Spoken(name="paper", text=text)
    return None
