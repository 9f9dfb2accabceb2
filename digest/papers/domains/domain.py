"""One domain: what it is called, and by which words it is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.model import Locale


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
