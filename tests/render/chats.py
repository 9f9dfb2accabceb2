"""Chat messages for tests: a renderer with the seed's domains, digests and papers of the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from digest.message import Button, ChatPart
from digest.model import Announcement, Digest, Layout, Locale, Mark, Nothing, Paper, Pick, Section, Vote
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


def asked_for(papers: Sequence[Paper], keywords: tuple[str, ...], *, locale: Locale = Locale.EN) -> Digest:
    """Give the digest of somebody who follows no domain, of papers with a keyword in their title."""
    picks = [
        Pick(paper=paper.id, keywords=found)
        for paper in papers
        if (found := tuple(word for word in keywords if word in paper.title.lower()))
    ]
    digest = a_digest(papers, follows=(), locale=locale)
    return replace(digest, picks=tuple(picks), include=keywords, nothing=None if picks else digest.nothing)


@cache
def samples() -> Mapping[str, tuple[ChatPart, ...]]:
    """Give the messages of each kind in each language, by name."""
    papers, chats = list(seed().values()), dict[str, tuple[ChatPart, ...]]()
    for locale in Locale:
        contents = {
            "everything": a_digest(papers, locale=locale),
            "robotics": a_digest(papers, follows=("robotics",), locale=locale),
            "chosen": a_digest(papers, follows=("agents", "vision", "rl"), locale=locale),
            "titles": replace(a_digest(papers, locale=locale), layout=Layout.TITLES),
            "full": replace(a_digest(papers, locale=locale), layout=Layout.FULL),
            "keywords": asked_for(papers, ("diffusion", "agentic"), locale=locale),
            **{f"quiet-{reason}": quiet(reason, locale=locale) for reason in Nothing},
        }
        chats |= {f"{name}-{locale}": renderer().digest(digest, seed()) for name, digest in contents.items()}
        for id_ in VIEWED:
            view = renderer().paper(
                seed()[id_],
                locale,
                first_seen=DAY,
                previous="2601.15892",
                next="hep-th/9901001",
                mark=Mark(saved=id_ == VIEWED[0], vote=Vote.UP if id_ == VIEWED[1] else None),
            )
            chats[f"paper-{id_}-{locale}"] = (view,)
        chats[f"group-{locale}"] = renderer().digest(
            a_digest(papers, follows=("robotics",), locale=locale), seed(), bot="paper_digest_bot"
        )
        chats[f"saved-{locale}"] = (renderer().saved(list(seed()), seed(), start=10, locale=locale),)
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
    rows = ["  ".join(f"[{button.text}]({_does(button)})" for button in row) for row in part.keyboard]
    head = f"=== message{': ' if manner else ''}{', '.join(manner)}"
    return "\n".join([head, part.html, "--- buttons", *rows, "--- plain", part.plain, ""])


def _does(button: Button) -> str | None:
    return button.data or button.url or f"inline: {button.inline}"
