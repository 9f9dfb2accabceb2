"""A domain, and which domain a word means or comes near to.

Words are compared without regard to case, width, spaces, hyphens, and Markdown.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from digest.model import Locale
from digest.text.fuzzy import best_ratios

IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff"
_MARKUP = re.compile(r"[*_`~#]+")
_GAP = re.compile(r"[\s\-\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]+")
_GAP_AT_IDEOGRAPH = re.compile(rf"(?<=[{IDEOGRAPH}]) | (?=[{IDEOGRAPH}])")


def fold_case(text: str) -> str:
    """Return ``text`` in one case and one width (NFKC); folding again changes nothing.

    Some letters need two rounds: Unicode's NFKC_Casefold (Unicode 3.13, D146) asks for the same.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.casefold()).casefold())


def normalize_phrase(text: str) -> str:
    """Return ``text`` folded, without emphasis, with hyphens as blanks and no blank beside an ideograph.

    Two spellings of one phrase (``Text-to-Image``, ``text to image``; ``AI 系统``, ``AI系统``) become equal.
    """
    spaced = _GAP.sub(" ", _MARKUP.sub(" ", fold_case(text)))
    return _GAP_AT_IDEOGRAPH.sub("", spaced).strip()


def normalize_key(word: str) -> str:
    """Return the letters and digits of ``word``, folded: what two spellings of a name have in common."""
    return "".join(filter(str.isalnum, fold_case(word)))


def has_ideograph(word: str) -> bool:
    """Return whether Chinese characters occur in ``word``."""
    return re.search(f"[{IDEOGRAPH}]", word) is not None


def english_plurals(phrase: str) -> tuple[str, ...]:
    """Return the English plurals of a flat phrase; a phrase that ends in another script has none."""
    if not re.search(r"[a-z]{2}$", phrase) or phrase.endswith("s"):
        return ()
    if phrase.endswith("y") and phrase[-2] not in "aeiou":
        return (f"{phrase[:-1]}ies",)
    if phrase.endswith(("x", "z", "ch", "sh")):
        return (f"{phrase}es",)
    return (f"{phrase}s",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A field of research that a reader can follow.

    ``aliases`` tell the domain wherever they stand; ``broad_terms`` words are so wide (``NLP``) that they
    count for a paper only where nothing more telling was found. People may use all of them.
    ``arxiv_categories`` are arXiv categories, for sources that know them.
    """

    slug: str
    names: Mapping[Locale, str]
    arxiv_categories: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    broad_terms: tuple[str, ...] = ()

    def name(self, locale: Locale) -> str:
        """Return the domain's name in a language."""
        return self.names[locale]

    @property
    def all_terms(self) -> tuple[str, ...]:
        """Everything the domain is known by: slug, names, aliases, umbrella words, in this order."""
        return (self.slug, *self.names.values(), *self.aliases, *self.broad_terms)


OTHER = Domain(slug="other", names={**dict.fromkeys(Locale, "Other"), Locale.EN: "Other", Locale.ZH: "其他"})
"""The domain of every paper that fits no other; it is part of each taxonomy and has no aliases."""


_CUTOFF = 0.5
_MAX_WORD = 40


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every spelling that means a domain, by its key."""

    slugs_by_key: dict[str, str]
    name_keys: frozenset[str]
    max_key_length: int
    """Characters of the longest key."""

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
