"""What people mean when they name domains in their own words."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.domains.lexicon import Lexicon
from digest.domains.spelling import fold, has_ideograph, key
from digest.domains.wildcard import means_everything

_COMMA = re.compile(r"[,;、\n\r]")
_BLANK = re.compile(r"[\s/|+&\u200b\u2060\ufeff]+")
_CONNECTORS = frozenset({"and", "or", "和", "与", "及", "以及", "或", "还有"})
_IN_CHINESE = re.compile("以及|还有|[和与及或]")
_NEAREST = 3
_GUESSES = 20
_SAME_PHRASE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A word that means no domain, as it was written, and up to three slugs that come nearest."""

    word: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for: ``slugs`` in the order of asking, each once; ``everything`` for "all"."""

    slugs: tuple[str, ...] = ()
    everything: bool = False
    unknown: tuple[Unknown, ...] = ()


def choose(text: str, lexicon: Lexicon) -> Choice:
    """Read the domains that ``text`` names.

    Pieces end at commas of any kind and at line ends; a piece that is no name as a whole is read word
    by word, the longest name first. A name that has commas itself may be typed in full. ``#``, quotes and
    emoji around words are passed over. No word is lost: each is in ``slugs``, ``everything`` or
    ``unknown``, except "and". Only the first twenty unknown words come with a guess.
    """
    pieces = [_words(piece) for piece in _COMMA.split(_widths(text))]
    reading = _Reading(lexicon, [(word, at) for at, piece in enumerate(pieces) for word in piece])
    reading.run()
    return reading.choice()


def _widths(text: str) -> str:
    """Give full-width commas, quotes and blanks their usual width, and leave the words as written."""
    return "".join(sign if sign.isalnum() else unicodedata.normalize("NFKC", sign) for sign in text)


def _words(piece: str) -> list[str]:
    """Give the words of a piece; signs without a letter count only where the piece has nothing else."""
    words = [trimmed for word in _BLANK.split(piece) if (trimmed := _trim(word))]
    spoken = [word for word in words if key(word) or means_everything(word)]
    return spoken or ["".join(words)] * any(map(_is_symbol, "".join(words)))


def _trim(word: str) -> str:
    """Take away quotes, ``#``, brackets and the like around a word; ``*`` alone means everything."""
    if means_everything(word):
        return word
    start, end = 0, len(word)
    while start < end and _is_around(word[start]):
        start += 1
    while end > start and _is_around(word[end - 1]):
        end -= 1
    return word[start:end]


def _is_around(sign: str) -> bool:
    return not sign.isalnum() and unicodedata.category(sign)[0] in "PCZ"


def _is_symbol(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "S"


@dataclass(slots=True)
class _Reading:
    """A walk over the words of a request, each with the number of its piece."""

    lexicon: Lexicon
    words: list[tuple[str, int]]
    slugs: dict[str, None] = field(default_factory=dict)
    everything: bool = False
    strange: list[list[str]] = field(default_factory=list)

    def run(self) -> None:
        """Take the longest name at each place."""
        at, last_strange = 0, -1
        while at < len(self.words):
            if step := self._take_name(at):
                at += step
                continue
            word, piece = self.words[at]
            if key(word) not in _CONNECTORS and not self._take_chinese(word):
                if self.strange and last_strange == at - 1 and self.words[at - 1][1] == piece:
                    self.strange[-1].append(word)
                else:
                    self.strange.append([word])
                last_strange = at
            at += 1

    def choice(self) -> Choice:
        """Give what was understood."""
        seen: dict[str, Unknown] = {}
        for phrase in self.strange:
            for word in self._mistyped(phrase) if len(seen) < _GUESSES else phrase:
                if fold(word) not in seen:
                    near = self.lexicon.nearness(word) if len(seen) < _GUESSES else []
                    nearest = tuple(slug for _, slug in near[:_NEAREST])
                    seen[fold(word)] = Unknown(word=word, nearest=nearest)
        return Choice(slugs=tuple(self.slugs), everything=self.everything, unknown=tuple(seen.values()))

    def _take_name(self, at: int) -> int:
        """Note the longest name that begins at a word; give how many words it has, 0 for none."""
        spelling, found, slug = "", 0, None
        first_piece = self.words[at][1]
        for end in range(at, len(self.words)):
            word, piece = self.words[end]
            letters = key(word)
            if end > at and not (letters and spelling):
                break
            spelling += letters
            if len(spelling) > self.lexicon.longest:
                break
            meant = self.lexicon.slug_of.get(spelling)
            if meant and (piece == first_piece or spelling in self.lexicon.name_keys):
                found, slug = end - at + 1, meant
            elif piece == first_piece and means_everything(spelling or word):
                found, slug = end - at + 1, ""
        if slug:
            self.slugs[slug] = None
        elif found:
            self.everything = True
        return found

    def _take_chinese(self, word: str) -> bool:
        """Note names that are written together, as Chinese does; all of the word or nothing."""
        if not has_ideograph(word):
            return False
        slugs = list(self._written_together(word))
        if None in slugs or not slugs:
            return False
        self.slugs.update((slug, None) for slug in slugs if slug)
        return True

    def _written_together(self, word: str) -> Iterator[str | None]:
        for part in _IN_CHINESE.split(word):
            spelling = key(part)
            while spelling:
                ends = range(min(len(spelling), self.lexicon.longest), 0, -1)
                end = next((end for end in ends if spelling[:end] in self.lexicon.slug_of), 0)
                yield self.lexicon.slug_of.get(spelling[:end])
                if not end:
                    return
                spelling = spelling[end:]

    def _mistyped(self, phrase: list[str]) -> list[str]:
        """Give strange words that stood together as one where they resemble one name, else each."""
        together = " ".join(phrase)
        near = self.lexicon.nearness(together)
        return [together] if near and near[0][0] >= _SAME_PHRASE else phrase
