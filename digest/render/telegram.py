"""What readers see in Telegram: digests, papers, announcements, the keyboard of domains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.domains import Taxonomy
from digest.message import ChatPart, Keyboard
from digest.model import Announcement, Digest, Locale, Mark, Paper
from digest.render.domain_keyboard import domain_keyboard
from digest.render.paper_keyboard import Neighbours, marked, paper_keyboard
from digest.render.telegram_announcement import announcement_parts
from digest.render.telegram_digest import digest_parts
from digest.render.telegram_paper import paper_part
from digest.render.telegram_saved import saved_part
from digest.words import words_in


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramRenderer:
    """Makes messages that Telegram takes as they are, whatever papers, names and ids hold.

    Every message is at most 4,000 UTF-16 units, 96 entities, 32,768 bytes and 100 buttons, and so is its
    plain twin. Built once; a paper of a digest is made once per language and length, for all readers.
    """

    taxonomy: Taxonomy

    def digest(
        self, digest: Digest, papers: Mapping[str, Paper], *, bot: str | None = None
    ) -> tuple[ChatPart, ...]:
        """Give the messages of a digest, cut only between papers: one where all titles fit into one.

        In the full layout it may be four. The first sounds as any message does, unless its reader wants it
        silent; later ones are silent answers to it. A digest without papers is one silent line with the
        reason. A paper that is missing or cannot be shown is a line with its link. With the ``bot``'s
        username titles lead to the private chat with it, as they should in a group.
        """
        return digest_parts(digest, papers, self.taxonomy, bot=bot)

    def paper(
        self,
        paper: Paper,
        locale: Locale,
        *,
        first_seen: date | None = None,
        previous: str | None = None,
        next: str | None = None,  # noqa: A002 - the word on the button
        mark: Mark | None = None,
        bot: str | None = None,
    ) -> ChatPart:
        """Give the view of a paper in one message; ``previous`` and ``next`` are ids to page to.

        ``mark`` is what its reader did with it, None in a group, where ``bot``, the bot's username, leads
        to the private chat.
        """
        keyboard = paper_keyboard(
            paper,
            words_in(locale),
            neighbours=Neighbours(previous=previous, next=next),
            mark=mark,
            bot=bot,
        )
        return paper_part(paper, locale, self.taxonomy, first_seen=first_seen, keyboard=keyboard)

    def marked(self, keyboard: Keyboard, paper: str, locale: Locale, mark: Mark) -> Keyboard:
        """Give the keyboard below a paper as it is after its reader did something with it."""
        return marked(keyboard, paper, words_in(locale), mark)

    def saved(
        self, ids: Sequence[str], papers: Mapping[str, Paper], *, start: int, locale: Locale
    ) -> ChatPart:
        """Give a page of the papers that a reader keeps, of which there are some."""
        return saved_part(ids, papers, start, locale)

    def announcement(self, announcement: Announcement) -> tuple[ChatPart, ...]:
        """Give an admin's words as written, in as many messages as they need; none for no words."""
        return announcement_parts(announcement)

    def domain_keyboard(
        self,
        chosen: tuple[str, ...] | None,
        counts: Mapping[str, int],
        locale: Locale,
        *,
        first: bool = False,
    ) -> Keyboard:
        """Give the keyboard on which a reader switches domains on and off, or chooses the ``first`` time."""
        return domain_keyboard(self.taxonomy, chosen, counts, locale, first=first)
