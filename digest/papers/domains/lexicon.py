"""Which domain a word means, and which domains an unknown word comes near to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from digest.papers.domains.domain import Domain
from digest.papers.domains.normalize import english_plurals, normalize_key, normalize_phrase
from digest.text.fuzzy import best_ratios

_CUTOFF = 0.5
_MAX_WORD = 40


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every spelling that means a domain, by its key."""

    slugs_by_key: dict[str, str]
    name_keys: frozenset[str]
    max_key_length: int
    """Letters of the longest key."""

    @classmethod
    def from_domains(cls, domains: Iterable[Domain]) -> Self:
        """Gather the words of ``domains``; English plurals count where they mean nothing else."""
        known = tuple(domains)
        slug_of = {normalize_key(word): domain.slug for domain in known for word in domain.all_terms}
        for domain in known:
            for word in domain.all_terms:
                for plural in english_plurals(normalize_phrase(word)):
                    slug_of.setdefault(normalize_key(plural), domain.slug)
        names = frozenset(normalize_key(name) for domain in known for name in domain.names.values())
        return cls(slug_of, names, max(map(len, slug_of)))

    def find_slug(self, word: str) -> str | None:
        """Return the slug that ``word`` means, without regard to case, width, blanks and punctuation."""
        return self.slugs_by_key.get(normalize_key(word))

    def find_similar(self, word: str) -> list[tuple[float, str]]:
        """Return how near ``word`` comes to each domain (1 is equal), nearest first, far ones left out.

        A word longer than 40 letters is near to nothing: nobody mistypes that far.
        """
        spelling = normalize_key(word)
        if not spelling or len(spelling) > _MAX_WORD:
            return []
        near = [(ratio, slug) for slug, ratio in best_ratios(spelling, self.slugs_by_key, _CUTOFF).items()]
        return sorted(near, key=lambda one: -one[0])
