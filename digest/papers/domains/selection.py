"""The words that mean every domain at once.

What people mean when they name domains in their own words.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.papers.domains.lexicon import Lexicon, fold_case, has_ideograph, normalize_key

_WORDS = (
    "all",
    "everything",
    "every",
    "any",
    "all domains",
    "all papers",
    "全部",
    "所有",
    "一切",
    "全部领域",
    "所有领域",
    "全部论文",
    "所有论文",
)
_KEYS = frozenset(map(normalize_key, _WORDS))


def means_all_domains(word: str) -> bool:
    """Return whether ``word`` asks for every domain: ``all``, ``Everything``, ``全部``, ``*``."""
    return normalize_key(word) in _KEYS or fold_case(word).strip() == "*"


_COMMA = re.compile(r"[,;、\n\r]")
_BLANKS = re.compile(r"[\s/|+&\u200b\u2060\ufeff]+")
_CONNECTORS = frozenset({"and", "or", "和", "与", "及", "以及", "或", "还有"})
_CHINESE_CONNECTORS = re.compile("以及|还有|[和与及或]")
_MAX_SUGGESTIONS = 3
_MAX_GUESSES = 20
_PHRASE_CUTOFF = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDomain:
    """A word that means no domain, as it was written, and up to three slugs that come nearest."""

    word: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSelection:
    """What was asked for: ``slugs`` in the order of asking, each once; ``all_domains`` for "all"."""

    slugs: tuple[str, ...] = ()
    all_domains: bool = False
    unknown: tuple[UnknownDomain, ...] = ()


def parse_domains(text: str, lexicon: Lexicon) -> DomainSelection:
    """Read the domains that ``text`` names.

    Pieces end at commas of any kind and at line ends; a piece that is no name as a whole is read word
    by word, the longest name first. A name that has commas itself may be typed in full. ``#``, quotes and
    emoji around words are passed over. No word is lost: each is in ``slugs``, ``all_domains`` or
    ``unknown``, except "and". Only the first twenty unknown words come with a guess.
    """
    pieces = [_split_words(piece) for piece in _COMMA.split(_normalize_width(text))]
    reading = _DomainParser(lexicon, [(word, at) for at, piece in enumerate(pieces) for word in piece])
    reading.run()
    return reading.selection()


def _normalize_width(text: str) -> str:
    """Return full-width commas, quotes and blanks their usual width, and leave the words as written."""
    return "".join(sign if sign.isalnum() else unicodedata.normalize("NFKC", sign) for sign in text)


def _split_words(piece: str) -> list[str]:
    """Return the words of a piece; signs without a letter count only where the piece has nothing else."""
    words = [trimmed for word in _BLANKS.split(piece) if (trimmed := _trim(word))]
    spoken = [word for word in words if normalize_key(word) or means_all_domains(word)]
    return spoken or ["".join(words)] * any(map(_is_symbol, "".join(words)))


def _trim(word: str) -> str:
    """Take away quotes, ``#``, brackets and the like around a word; ``*`` alone means everything."""
    if means_all_domains(word):
        return word
    start, end = 0, len(word)
    while start < end and _is_wrapping(word[start]):
        start += 1
    while end > start and _is_wrapping(word[end - 1]):
        end -= 1
    return word[start:end]


def _is_wrapping(sign: str) -> bool:
    return not sign.isalnum() and unicodedata.category(sign)[0] in "PCZ"


def _is_symbol(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "S"


@dataclass(slots=True)
class _DomainParser:
    """A walk over the words of a request, each with the number of its piece."""

    lexicon: Lexicon
    words: list[tuple[str, int]]
    slugs: dict[str, None] = field(default_factory=dict)
    all_domains: bool = False
    unmatched: list[list[str]] = field(default_factory=list)

    def run(self) -> None:
        """Take the longest name at each place."""
        at, last_strange = 0, -1
        while at < len(self.words):
            if step := self._match_name(at):
                at += step
                continue
            word, piece = self.words[at]
            if normalize_key(word) not in _CONNECTORS and not self._match_chinese(word):
                if self.unmatched and last_strange == at - 1 and self.words[at - 1][1] == piece:
                    self.unmatched[-1].append(word)
                else:
                    self.unmatched.append([word])
                last_strange = at
            at += 1

    def selection(self) -> DomainSelection:
        """Return what was understood."""
        seen: dict[str, UnknownDomain] = {}
        for phrase in self.unmatched:
            for word in self._join_mistyped(phrase) if len(seen) < _MAX_GUESSES else phrase:
                if fold_case(word) not in seen:
                    near = self.lexicon.find_similar(word) if len(seen) < _MAX_GUESSES else []
                    nearest = tuple(slug for _, slug in near[:_MAX_SUGGESTIONS])
                    seen[fold_case(word)] = UnknownDomain(word=word, suggestions=nearest)
        return DomainSelection(slugs=tuple(self.slugs), all_domains=self.all_domains, unknown=tuple(seen.values()))

    def _match_name(self, at: int) -> int:
        """Note the longest name that begins at a word; give how many words it has, 0 for none."""
        spelling, found, slug = "", 0, None
        first_piece = self.words[at][1]
        for end in range(at, len(self.words)):
            word, piece = self.words[end]
            letters = normalize_key(word)
            if end > at and not (letters and spelling):
                break
            spelling += letters
            if len(spelling) > self.lexicon.max_key_length:
                break
            meant = self.lexicon.slugs_by_key.get(spelling)
            if meant and (piece == first_piece or spelling in self.lexicon.name_keys):
                found, slug = end - at + 1, meant
            elif piece == first_piece and means_all_domains(spelling or word):
                found, slug = end - at + 1, ""
        if slug:
            self.slugs[slug] = None
        elif found:
            self.all_domains = True
        return found

    def _match_chinese(self, word: str) -> bool:
        """Note names that are written together, as Chinese does; all of the word or nothing."""
        if not has_ideograph(word):
            return False
        slugs = list(self._split_chinese(word))
        if None in slugs or not slugs:
            return False
        self.slugs.update((slug, None) for slug in slugs if slug)
        return True

    def _split_chinese(self, word: str) -> Iterator[str | None]:
        for part in _CHINESE_CONNECTORS.split(word):
            spelling = normalize_key(part)
            while spelling:
                ends = range(min(len(spelling), self.lexicon.max_key_length), 0, -1)
                end = next((end for end in ends if spelling[:end] in self.lexicon.slugs_by_key), 0)
                yield self.lexicon.slugs_by_key.get(spelling[:end])
                if not end:
                    return
                spelling = spelling[end:]

    def _join_mistyped(self, phrase: list[str]) -> list[str]:
        """Return strange words that stood together as one where they resemble one name, else each."""
        together = " ".join(phrase)
        near = self.lexicon.find_similar(together)
        return [together] if near and near[0][0] >= _PHRASE_CUTOFF else phrase
