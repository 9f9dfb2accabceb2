"""Chat messages for tests: a renderer with the seed's domains, digests and papers of the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from digest.model import (
    Announcement,
    DetailLevel,
    Digest,
    EmptyReason,
    Locale,
    Paper,
    PaperFeedback,
    Section,
    SelectedPaper,
    Vote,
)
from digest.model.message import Button, TelegramMessage
from digest.render.telegram.renderer import TelegramRenderer
from tests.render.email.sample_emails import DAY, make_digest, seed_papers_by_id, seed_taxonomy

PAPER_VIEW_IDS = ("2601.16004", "2601.11868", "2601.14724")
"""Papers of the golden views: formulas, an address in code, read from the abstract alone."""


def make_paper(title: str, *, id_: str = "2601.00001", sections: Mapping[Section, str] | None = None) -> Paper:
    """Return a made-up paper."""
    return Paper(id=id_, title=title, url=f"https://huggingface.co/papers/{id_}", sections=sections or {})


@cache
def make_renderer() -> TelegramRenderer:
    """Return a renderer with the seed's domains."""
    return TelegramRenderer(taxonomy=seed_taxonomy())


def empty_digest(
    reason: EmptyReason, *, locale: Locale = Locale.EN, subscribed_domains: tuple[str, ...] | None = ("robotics",)
) -> Digest:
    """Return a digest without papers."""
    return replace(
        make_digest([], subscribed_domains=subscribed_domains, locale=locale), empty_reason=reason, candidate_count=27
    )


def keyword_digest(papers: Sequence[Paper], keywords: tuple[str, ...], *, locale: Locale = Locale.EN) -> Digest:
    """Return the digest of somebody who follows no domain, of papers with a keyword in their title."""
    picks = [
        SelectedPaper(paper_id=paper.id, matched_keywords=found)
        for paper in papers
        if (found := tuple(word for word in keywords if word in paper.title.lower()))
    ]
    digest = make_digest(papers, subscribed_domains=(), locale=locale)
    return replace(
        digest, papers=tuple(picks), include_keywords=keywords, empty_reason=None if picks else digest.empty_reason
    )


@cache
def sample_messages() -> Mapping[str, tuple[TelegramMessage, ...]]:
    """Return the messages of each kind in each language, by name."""
    papers, chats = list(seed_papers_by_id().values()), dict[str, tuple[TelegramMessage, ...]]()
    for locale in Locale:
        contents = {
            "everything": make_digest(papers, locale=locale),
            "robotics": make_digest(papers, subscribed_domains=("robotics",), locale=locale),
            "chosen": make_digest(papers, subscribed_domains=("agents", "vision", "rl"), locale=locale),
            "titles": replace(make_digest(papers, locale=locale), detail_level=DetailLevel.TITLES),
            "full": replace(make_digest(papers, locale=locale), detail_level=DetailLevel.FULL),
            "keywords": keyword_digest(papers, ("diffusion", "agentic"), locale=locale),
            **{f"quiet-{reason}": empty_digest(reason, locale=locale) for reason in EmptyReason},
        }
        chats |= {
            f"{name}-{locale}": make_renderer().render_digest(digest, seed_papers_by_id())
            for name, digest in contents.items()
        }
        for id_ in PAPER_VIEW_IDS:
            view = make_renderer().render_paper(
                seed_papers_by_id()[id_],
                locale,
                first_seen=DAY,
                previous_id="2601.15892",
                next_id="hep-th/9901001",
                feedback=PaperFeedback(
                    saved=id_ == PAPER_VIEW_IDS[0], vote=Vote.UP if id_ == PAPER_VIEW_IDS[1] else None
                ),
            )
            chats[f"paper-{id_}-{locale}"] = (view,)
        chats[f"group-{locale}"] = make_renderer().render_digest(
            make_digest(papers, subscribed_domains=("robotics",), locale=locale),
            seed_papers_by_id(),
            bot_username="paper_digest_bot",
        )
        chats[f"saved-{locale}"] = (
            make_renderer().render_saved_papers(
                list(seed_papers_by_id()), seed_papers_by_id(), start=10, locale=locale
            ),
        )
    chats["announcement-en"] = make_renderer().render_announcement(
        Announcement(text="Tomorrow's digest comes <an hour> later.\n\nWhy: https://example.org/why?a=1&b=2")
    )
    return chats


def format_messages(parts: tuple[TelegramMessage, ...]) -> str:
    """Return messages as a person reviews them: what is sent, the buttons, the plain twin."""
    return "\n".join(_format_message(part) for part in parts)


def _format_message(part: TelegramMessage) -> str:
    manner = [name for name, true in (("silent", part.silent), ("reply to first", part.reply_to_first)) if true]
    rows = ["  ".join(f"[{button.text}]({_describe_action(button)})" for button in row) for row in part.keyboard]
    head = f"=== message{': ' if manner else ''}{', '.join(manner)}"
    return "\n".join([head, part.html, "--- buttons", *rows, "--- plain", part.plain, ""])


def _describe_action(button: Button) -> str | None:
    return button.callback_data or button.url or f"inline: {button.switch_inline_query}"
