"""The taxonomy: all domains, what people's words mean in it, and which of them a paper has."""

from dataclasses import dataclass
from pathlib import Path

from digest.model import Locale, Paper
from digest.model.errors import InvalidTaxonomy
from digest.papers.domains.classifier import PhraseIndex, classify
from digest.papers.domains.domain import OTHER, Domain
from digest.papers.domains.lexicon import Lexicon
from digest.papers.domains.selection import DomainSelection, parse_domains
from digest.papers.domains.taxonomy_file import parse_taxonomy


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Every domain in the file's order, ``other`` last; made by ``load_taxonomy``."""

    domains: tuple[Domain, ...]
    _lexicon: Lexicon
    _phrases: PhraseIndex

    @property
    def slugs(self) -> tuple[str, ...]:
        """All slugs, in the order of the domains."""
        return tuple(domain.slug for domain in self.domains)

    def name(self, slug: str, locale: Locale) -> str:
        """Return a domain's name; a slug that the taxonomy no longer knows is its own name."""
        for domain in self.domains:
            if domain.slug == slug:
                return domain.name(locale)
        return slug

    def find_slug(self, word: str) -> str | None:
        """Return the slug that a slug, name, alias or umbrella word means, in any case, width and spacing."""
        return self._lexicon.find_slug(word)

    def parse_domains(self, text: str) -> DomainSelection:
        """Read the domains that a person names, and guess at words that mean none."""
        return parse_domains(text, self._lexicon)

    def classify(self, paper: Paper) -> tuple[str, ...]:
        """Return a paper's slugs, the most telling first: one to four of them, ``other`` where none fits."""
        return classify(paper, self._phrases)


def load_taxonomy(source: str | Path) -> Taxonomy:
    """Read a taxonomy from a file or from its text; raises BadTaxonomy naming every mistake in one line."""
    if isinstance(source, str):
        return _build_taxonomy(parse_taxonomy(source))
    try:
        return _build_taxonomy(parse_taxonomy(source.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise InvalidTaxonomy(f"{source}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InvalidTaxonomy(f"{source}: not UTF-8 text (byte {error.start})") from error
    except InvalidTaxonomy as error:
        raise InvalidTaxonomy(f"{source}: {error}") from error


def _build_taxonomy(read: tuple[Domain, ...]) -> Taxonomy:
    domains = (*read, OTHER)
    return Taxonomy(domains, Lexicon.from_domains(domains), PhraseIndex.from_domains(domains))
