"""The taxonomy: all domains, what people's words mean in it, and which of them a paper has.

Its file is tab-separated text; all mistakes in it are reported at once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from digest.model import Locale, Paper
from digest.model.errors import InvalidTaxonomy
from digest.papers.domains.classifier import PhraseIndex, classify
from digest.papers.domains.lexicon import OTHER, Domain, Lexicon, normalize_key
from digest.papers.domains.selection import DomainSelection, means_all_domains, parse_domains

COLUMNS = ("slug", "en", "zh", "arxiv", "aliases", "umbrella")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_RESERVED = frozenset(map(normalize_key, OTHER.all_terms))


def parse_taxonomy(text: str) -> tuple[Domain, ...]:
    """Read the domains in the order of their lines.

    The first line names the six columns, in any order; another language may have a column for its names.
    ``arxiv`` is separated by commas, ``aliases`` and
    ``umbrella`` by ``|``. Blank lines and lines that begin with ``#`` are passed over; CRLF and a BOM are
    fine. Raises BadTaxonomy with one line that names every mistake and where it stands.
    """
    rows = list(_rows(text))
    if not rows:
        raise InvalidTaxonomy("the taxonomy is empty")
    number, header = rows[0]
    if wrong := _column_mistakes(header):
        raise InvalidTaxonomy(f"line {number}: {'; '.join(wrong)}")
    reading = _TaxonomyParser(header)
    for at, cells in rows[1:]:
        reading.add_row(at, cells)
    if len(rows) == 1:
        reading.add_mistake(number, "no domain follows")
    if reading.mistakes:
        raise InvalidTaxonomy("; ".join(reading.mistakes))
    return tuple(reading.domains)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            yield number, [cell.strip() for cell in line.split("\t")]


def _column_mistakes(header: list[str]) -> list[str]:
    missing = [f"column '{name}' is missing" for name in COLUMNS if name not in header]
    unknown = [f"unknown column '{name}'" for name in header if name not in {*COLUMNS, *Locale}]
    repeated = [f"column '{name}' stands twice" for name in COLUMNS if header.count(name) > 1]
    return missing + unknown + repeated


@dataclass(slots=True)
class _TaxonomyParser:
    """The file as far as it was read: domains, mistakes, and which word belongs to whom."""

    header: list[str]
    domains: list[Domain] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    term_owners: dict[str, tuple[str, int]] = field(default_factory=dict)
    slugs: dict[str, int] = field(default_factory=dict)

    def add_mistake(self, line: int, what: str) -> None:
        """Note a mistake."""
        self.mistakes.append(f"line {line}: {what}")

    def add_row(self, line: int, cells: list[str]) -> None:
        """Read one line."""
        if len(cells) > len(self.header):
            self.add_mistake(line, f"{len(cells)} cells under {len(self.header)} columns")
            return
        row = dict(zip_longest(self.header, cells, fillvalue=""))
        self._check_slug(line, row["slug"])
        for locale in (Locale.EN, Locale.ZH):
            if not row[locale]:
                self.add_mistake(line, f"the name in '{locale}' is missing")
        domain = _domain_from_row(row)
        for word in domain.all_terms:
            self._register_term(line, domain.slug, word)
        self.domains.append(domain)

    def _check_slug(self, line: int, slug: str) -> None:
        if not slug:
            self.add_mistake(line, "the slug is missing")
        elif slug == OTHER.slug:
            self.add_mistake(line, f"the slug '{slug}' is reserved")
        elif not _SLUG.fullmatch(slug):
            self.add_mistake(line, f"the slug '{slug}' may hold only a-z, 0-9 and '-', at most 32 of them")
        elif slug in self.slugs:
            self.add_mistake(line, f"the slug '{slug}' stands in line {self.slugs[slug]} already")
        self.slugs.setdefault(slug, line)

    def _register_term(self, line: int, slug: str, word: str) -> None:
        """Note that ``word`` means ``slug``, unless it means something else."""
        spelling = normalize_key(word)
        if not spelling:
            if word:
                self.add_mistake(line, f"'{word}' holds neither a letter nor a digit")
            return
        if means_all_domains(word) or (spelling in _RESERVED and word != slug):
            self.add_mistake(line, f"'{word}' is reserved")
            return
        owner, where = self.term_owners.setdefault(spelling, (slug, line))
        if owner != slug:
            self.add_mistake(line, f"'{word}' of '{slug}' belongs to '{owner}' in line {where} already")


def _domain_from_row(row: dict[str, str]) -> Domain:
    return Domain(
        slug=row["slug"],
        names={locale: row.get(locale) or row[Locale.EN] for locale in Locale},
        arxiv_categories=_split(row["arxiv"], ","),
        aliases=_split(row["aliases"], "|"),
        broad_terms=_split(row["umbrella"], "|"),
    )


def _split(cell: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(separator) if part.strip())


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
