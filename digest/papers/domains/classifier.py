"""Which domains a paper has: its title and area searched for the words of the taxonomy."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from digest.model import Paper, Section
from digest.papers.domains.lexicon import OTHER, Domain, english_plurals, normalize_phrase

MAX_DOMAINS = 4
_MAX_CHARACTERS = 2000
_SCORE_CUTOFF = 0.3  # the best F1 on the seed's labels at four domains a paper
_HALF_WIDTH = str.maketrans("（），；：", "(),;:")
_IN_WORD = re.compile(r"[a-z0-9\u00df-\u024f]")
_EXAMPLES = re.compile(
    r"(?:例如|比如|诸如|譬如|such as|e\.g\.|如(?![何果今此同下上]))[^,;。)\n]*"
    r"|\([^()\n]*、[^()\n]*等[^()、\n]{0,6}\)"
    r"|(?:涵盖|包括|包含|涉及|用于|适用|可用|应用|及其在)[^,;。\n]*、[^,;。、\n]*等"
)


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """A phrase of the taxonomy that stands in a text, and where (0 at the start, below 1)."""

    slug: str
    is_broad: bool
    at: float


@dataclass(frozen=True, slots=True)
class PhraseIndex:
    """All phrases of a taxonomy, by their first character, made once."""

    by_start: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, tuple[str, bool]]

    @classmethod
    def from_domains(cls, domains: Iterable[Domain]) -> Self:
        """Gather aliases and umbrella words; English ones with their plurals."""
        meaning: dict[str, tuple[str, bool]] = {}
        derived: dict[str, tuple[str, bool]] = {}
        for domain in domains:
            for umbrella, words in ((False, domain.aliases), (True, domain.broad_terms)):
                for phrase in filter(None, map(normalize_phrase, words)):
                    meaning[phrase] = (domain.slug, umbrella)
                    derived.update(dict.fromkeys(english_plurals(phrase), (domain.slug, umbrella)))
        meaning = derived | meaning
        starts: defaultdict[str, list[str]] = defaultdict(list)
        for phrase in meaning:
            starts[phrase[0]].append(phrase)
        return cls({start: tuple(phrases) for start, phrases in starts.items()}, meaning)

    def find_matches(self, text: str) -> list[PhraseMatch]:
        """Find phrases in a flat text, the longest first; a place that is taken counts no more.

        So 化学 is not found inside 强化学习. A Latin phrase matches whole words alone. Hits
        come in reading order.
        """
        taken = bytearray(len(text))
        found = []
        for phrase, at in sorted(self._find_all(text), key=lambda one: (-len(one[0]), one[1])):
            end = at + len(phrase)
            if not any(taken[at:end]):
                taken[at:end] = b"\x01" * len(phrase)
                slug, umbrella = self.meanings[phrase]
                found.append(PhraseMatch(slug, umbrella, at / len(text)))
        return sorted(found, key=lambda hit: hit.at)

    def _find_all(self, text: str) -> Iterator[tuple[str, int]]:
        for at, sign in enumerate(text):
            inside = at > 0 and _IN_WORD.match(sign) and _IN_WORD.match(text[at - 1])
            if not inside:
                for phrase in self.by_start.get(sign, ()):
                    if text.startswith(phrase, at) and not _is_inside_word(text, at + len(phrase)):
                        yield phrase, at


def _is_inside_word(text: str, end: int) -> bool:
    """Return whether ``end`` lies inside a Latin word."""
    return end < len(text) and bool(_IN_WORD.match(text[end]) and _IN_WORD.match(text[end - 1]))


def classify(paper: Paper, phrases: PhraseIndex) -> tuple[str, ...]:
    """Return the domains of a paper, the most telling first, at most four, ``other`` where there is none.

    Words of the title tell more than words of the area, and early words of the area more than late ones.
    Lists of examples in the area ("数学、物理、化学等") tell nothing; umbrella words tell only where no
    alias was found. A domain far behind the first is left out. Counted are the first 2000 characters.
    """
    title = phrases.find_matches(normalize_phrase(paper.title[:_MAX_CHARACTERS]))
    area = phrases.find_matches(normalize_phrase(strip_examples(paper.sections.get(Section.AREA, ""))))
    for umbrella in (False, True):
        scores: defaultdict[str, float] = defaultdict(float)
        scores.update(dict.fromkeys((hit.slug for hit in title if hit.is_broad is umbrella), 2.0))
        for slug, at in _first_positions(area, broad=umbrella).items():
            scores[slug] += 2 - at
        if scores:
            return _best_domains(scores)
    return (OTHER.slug,)


def _first_positions(matches: Iterable[PhraseMatch], *, broad: bool) -> dict[str, float]:
    places: dict[str, float] = {}
    for hit in matches:
        if hit.is_broad is broad:
            places.setdefault(hit.slug, hit.at)
    return places


def _best_domains(scores: Mapping[str, float]) -> tuple[str, ...]:
    enough = _SCORE_CUTOFF * max(scores.values())
    ordered = sorted(scores, key=lambda slug: -scores[slug])
    return tuple(slug for slug in ordered if scores[slug] >= enough)[:MAX_DOMAINS]


def strip_examples(area: str) -> str:
    """Return an area of application with its lists of examples blanked out."""
    return _EXAMPLES.sub(" ", area[:_MAX_CHARACTERS].translate(_HALF_WIDTH))
