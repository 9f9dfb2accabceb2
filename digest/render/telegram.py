"""What readers see in Telegram: digests, papers, announcements, the keyboard of domains."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from digest.domains import Taxonomy
from digest.message import ChatPart, Keyboard
from digest.model import Announcement, Digest, Locale, Paper
from digest.render.domain_keyboard import domain_keyboard
from digest.render.telegram_announcement import announcement_parts
from digest.render.telegram_digest import digest_parts
from digest.render.telegram_paper import Neighbours, paper_part


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramRenderer:
    """Makes messages that Telegram takes as they are, whatever papers, names and ids hold.

    Every message is at most 4,000 UTF-16 units, 96 entities, 32,768 bytes and 100 buttons, and so is its
    plain twin. Built once; a paper of a digest is made once per language and length, for all readers.
    """

    taxonomy: Taxonomy

    def digest(self, digest: Digest, papers: Mapping[str, Paper]) -> tuple[ChatPart, ...]:
        """Give the messages of a digest: one where all titles fit into one, cut only between papers.

        The first sounds as any message does; later ones are silent answers to it. A digest without papers is
        one silent line with the reason. A paper that is missing or cannot be shown is a line with its link.
        """
        return digest_parts(digest, papers, self.taxonomy)

    def paper(
        self,
        paper: Paper,
        locale: Locale,
        *,
        first_seen: date | None = None,
        previous: str | None = None,
        next: str | None = None,  # noqa: A002 - the word on the button
    ) -> ChatPart:
        """Give the view of a paper in one message; ``previous`` and ``next`` are ids to page to."""
        neighbours = Neighbours(previous=previous, next=next)
        return paper_part(paper, locale, self.taxonomy, first_seen=first_seen, neighbours=neighbours)

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
