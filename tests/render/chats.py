"""Chat messages for tests: a renderer with the seed's domains, digests and papers of the seed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from digest.message import ChatPart
from digest.model import Announcement, Digest, Locale, Nothing, Paper, Section
from digest.render.telegram import TelegramRenderer
from tests.render.mails import DAY, a_digest, seed, taxonomy

VIEWED = ("2601.16004", "2601.11868", "2601.14724")
"""Papers of the golden views: formulas, an address in code, read from the abstract alone."""


def a_paper(title: str, *, id_: str = "2601.00001", sections: Mapping[Section, str] | None = None) -> Paper:
    """Give a made-up paper."""
    return Paper(id=id_, title=title, url=f"https://huggingface.co/papers/{id_}", sections=sections or {})


@cache
def renderer() -> TelegramRenderer:
    """Give a renderer with the seed's domains."""
    return TelegramRenderer(taxonomy=taxonomy())


def quiet(
    reason: Nothing, *, locale: Locale = Locale.EN, follows: tuple[str, ...] | None = ("robotics",)
) -> Digest:
    """Give a digest without papers."""
    return replace(a_digest([], follows=follows, locale=locale), nothing=reason, total=27)


def samples() -> Mapping[str, tuple[ChatPart, ...]]:
    """Give the messages of each kind in each language, by name."""
    papers, chats = list(seed().values()), dict[str, tuple[ChatPart, ...]]()
    for locale in Locale:
        contents = {
            "everything": a_digest(papers, locale=locale),
            "robotics": a_digest(papers, follows=("robotics",), locale=locale),
            "chosen": a_digest(papers, follows=("agents", "vision", "rl"), locale=locale),
            **{f"quiet-{reason}": quiet(reason, locale=locale) for reason in Nothing},
        }
        chats |= {f"{name}-{locale}": renderer().digest(digest, seed()) for name, digest in contents.items()}
        for id_ in VIEWED:
            view = renderer().paper(
                seed()[id_], locale, first_seen=DAY, previous="2601.15892", next="hep-th/9901001"
            )
            chats[f"paper-{id_}-{locale}"] = (view,)
    chats["announcement-en"] = renderer().announcement(
        Announcement(text="Tomorrow's digest comes <an hour> later.\n\nWhy: https://example.org/why?a=1&b=2")
    )
    return chats


def as_text(parts: tuple[ChatPart, ...]) -> str:
    """Give messages as a person reviews them: what is sent, the buttons, the plain twin."""
    return "\n".join(_one(part) for part in parts)


def _one(part: ChatPart) -> str:
    manner = [
        name for name, true in (("silent", part.silent), ("reply to first", part.reply_to_first)) if true
    ]
    rows = [
        "  ".join(f"[{button.text}]({button.data or button.url})" for button in row) for row in part.keyboard
    ]
    head = f"=== message{': ' if manner else ''}{', '.join(manner)}"
    return "\n".join([head, part.html, "--- buttons", *rows, "--- plain", part.plain, ""])
