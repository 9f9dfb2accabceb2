"""What readers see in Telegram: digests, papers, announcements, the keyboard of domains."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.model import Announcement, Digest, Locale, Paper, PaperFeedback
from digest.model.message import Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.digest import digest_messages
from digest.render.telegram.fragment import MAX_MESSAGE_SIZE, text_fragment
from digest.render.telegram.keyboards import domain_keyboard, paper_keyboard, with_feedback
from digest.render.telegram.paper import paper_message, saved_papers_message
from digest.text.i18n import translator_for
from digest.text.sanitize import strip_controls
from digest.text.truncate import utf16_length

_BREAK_POINTS = ("\n\n", "\n", "。", ". ", " ")
"""Where a long text is cut, the best first."""


def announcement_messages(announcement: Announcement) -> tuple[TelegramMessage, ...]:
    """Return the messages of a broadcast; none of it is mark-up, and Telegram links addresses by itself."""
    text = strip_controls(re.sub(r"\r\n?", "\n", announcement.text)).strip()
    pieces = [text_fragment(part) for part in _split_text(text)]
    return tuple(
        TelegramMessage(html=piece.html, plain=piece.plain, silent=at > 0, reply_to_first=at > 0)
        for at, piece in enumerate(pieces)
    )


def _split_text(text: str) -> Iterator[str]:
    """Return the text in parts that fit one message each, cut where a thought ends."""
    most = MAX_MESSAGE_SIZE.utf16_units
    while utf16_length(text) > most:
        window = _longest_prefix(text, most)
        found = [window.rfind(end) + len(end) for end in _BREAK_POINTS if window.rfind(end) > len(window) // 2]
        cut = found[0] if found else len(window)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _longest_prefix(text: str, max_units: int) -> str:
    """Return the longest beginning of ``text`` that takes at most ``max_units``."""
    kept = text[:max_units]
    while (over := utf16_length(kept) - max_units) > 0:
        kept = kept[: -max(1, over // 2)]
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramRenderer:
    """Makes messages that Telegram takes as they are, whatever papers, names and ids hold.

    Every message is at most 4,000 UTF-16 units, 96 entities, 32,768 bytes and 100 buttons, and so is its
    plain twin. Built once; a paper of a digest is made once per language and length, for all readers.
    """

    taxonomy: Taxonomy

    def render_digest(
        self,
        digest: Digest,
        papers: Mapping[str, Paper],
        *,
        bot_username: str | None = None,
        target_id: int | None = None,
    ) -> tuple[TelegramMessage, ...]:
        """Return the messages of a digest, cut only between papers: one where all titles fit into one.

        In the full layout it may be four. The first sounds as any message does, unless its reader wants it
        silent; later ones are silent answers to it. A digest without papers is one silent line with the
        reason. A paper that is missing or cannot be shown is a line with its link. With the
        ``bot_username``'s username titles lead to the private chat with it, as they should in a group;
        with a ``target_id`` buttons act on that subscriber's chat rather than on the one in which they stand.
        """
        return digest_messages(digest, papers, self.taxonomy, bot_username=bot_username, target_id=target_id)

    def render_paper(
        self,
        paper: Paper,
        locale: Locale,
        *,
        first_seen: date | None = None,
        previous_id: str | None = None,
        next_id: str | None = None,
        feedback: PaperFeedback | None = None,
        bot_username: str | None = None,
    ) -> TelegramMessage:
        """Return the view of a paper in one message; ``previous_id`` and ``next_id`` are ids to page to.

        ``feedback`` is what its reader did with it, None in a group, where ``bot_username``, the bot's
        username, leads to the private chat.
        """
        keyboard = paper_keyboard(
            paper,
            translator_for(locale),
            previous_id=previous_id,
            next_id=next_id,
            feedback=feedback,
            bot_username=bot_username,
        )
        return paper_message(paper, locale, self.taxonomy, first_seen=first_seen, keyboard=keyboard)

    def with_feedback(self, keyboard: Keyboard, paper_id: str, locale: Locale, feedback: PaperFeedback) -> Keyboard:
        """Return the keyboard below a paper as it is after its reader did something with it."""
        return with_feedback(keyboard, paper_id, translator_for(locale), feedback)

    def render_saved_papers(
        self, paper_ids: Sequence[str], papers: Mapping[str, Paper], *, start: int, locale: Locale
    ) -> TelegramMessage:
        """Return a page of the papers that a reader keeps, of which there are some."""
        return saved_papers_message(paper_ids, papers, start, locale)

    def render_announcement(self, announcement: Announcement) -> tuple[TelegramMessage, ...]:
        """Return an admin's words as written, in as many messages as they need; none for no words."""
        return announcement_messages(announcement)

    def domain_keyboard(
        self,
        selected: tuple[str, ...] | None,
        paper_counts: Mapping[str, int],
        locale: Locale,
        *,
        onboarding: bool = False,
        target_id: int | None = None,
    ) -> Keyboard:
        """Return the keyboard on which domains are switched on and off, at ``onboarding`` or for ``target_id``."""
        return domain_keyboard(
            self.taxonomy, selected, paper_counts, locale, onboarding=onboarding, target_id=target_id
        )
