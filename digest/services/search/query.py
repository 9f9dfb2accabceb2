"""What a person searches for, read into terms that a paper must have."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.model import Locale
from digest.papers.arxiv import find_arxiv_id
from digest.papers.domains import Taxonomy
from digest.papers.domains.lexicon import OTHER

MAX_QUERY_LENGTH = 200
"""Characters of a query that are read."""

MAX_TERMS = 10
"""Terms of a query that are searched for."""

MAX_BIGRAMS = 12
"""Terms and pairs of signs of which papers that come near have some."""

_QUOTES = str.maketrans(dict.fromkeys("“”„«»「」『』", '"'))
_TOKEN = re.compile(r'"([^"]*)"|([^\s"]+)')
_SEPARATOR = re.compile(r"[^\w.+'’-]+")
_NAME_SEPARATOR = re.compile(r"[&,、，()（）与和]")
_STOP_WORD_LIST = "a about an and by for from in of on or the to with 与 和 或 的"
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
_MAX_NAME_WORDS = 5
"""Words of the longest name of a domain that is looked for."""

_IDEOGRAPHS = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{4,}")
_ENGLISH = re.compile(r"[a-z]{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """One thing that a paper must have: all of ``words``, or the domain.

    A word of several signs, such as ``multi-agent`` or 机器人, is a phrase. ``domain`` is the slug of the
    domain that the words name, None where they name none. ``as_prefix``: the last word may go on, because
    somebody is still typing it.
    """

    words: tuple[str, ...]
    domain: str | None = None
    as_prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What was asked for; ``truncated``: it was longer than what is searched for."""

    terms: tuple[SearchTerm, ...]
    truncated: bool = False


def parse_query(text: str, taxonomy: Taxonomy, *, as_prefix: bool = False) -> SearchQuery:
    """Read a query, whatever it holds.

    Words between quotes of any kind are one phrase. Little words count only where there is nothing else.
    An address of a paper means its id. ``as_prefix``: the last word may be the beginning of one.
    """
    whole = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    words = list(dict.fromkeys(_split_words(whole[:MAX_QUERY_LENGTH])))
    telling = [word for word in words if word.casefold() not in _STOP_WORDS] or words
    terms = list(_build_terms(telling, _domain_names(taxonomy)))
    kept = terms[:MAX_TERMS]
    if as_prefix and kept and whole[-1:].isalnum() and len(terms) == len(kept):
        last = kept[-1]
        kept[-1] = SearchTerm(words=last.words, domain=last.domain, as_prefix=True)
    return SearchQuery(terms=tuple(kept), truncated=len(whole) > MAX_QUERY_LENGTH or len(terms) > len(kept))


def to_bigrams(terms: Sequence[SearchTerm]) -> tuple[SearchTerm, ...]:
    """Return the terms with long runs of Chinese taken apart into pairs, for papers that come near."""
    made: list[SearchTerm] = []
    for term in terms:
        runs = [run for word in term.words for run in _IDEOGRAPHS.findall(word)]
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        made += [SearchTerm(words=(pair,)) for pair in pairs] if pairs else [term]
    return tuple(dict.fromkeys(made))[:MAX_BIGRAMS]


def word_forms(word: str) -> tuple[str, ...]:
    """Return an English word in the singular and in the plural; every other word as it is."""
    if not _ENGLISH.fullmatch(word) or word.lower().endswith(("ss", "us", "is")):
        return (word,)
    if word.lower().endswith("ies"):
        return (word, f"{word[:-3]}y")
    if word.lower().endswith("s"):
        return (word, word[:-1])
    return (word, f"{word}s")


def _split_words(text: str) -> Iterator[str]:
    """Return the words that hold a letter or a digit."""
    for quoted, bare in _TOKEN.findall(text):
        found = find_arxiv_id(bare)
        pieces = [quoted] if quoted else [found.id] if found else _SEPARATOR.split(bare)
        for piece in pieces:
            if any(sign.isalnum() for sign in piece):
                yield " ".join(piece.split()).strip("-.'’")


def _build_terms(words: Sequence[str], names: Mapping[str, str]) -> Iterator[SearchTerm]:
    """Return a term for each word, or for the longest run of words that names a domain."""
    at = 0
    while at < len(words):
        for length in range(min(_MAX_NAME_WORDS, len(words) - at), 0, -1):
            run = tuple(words[at : at + length])
            domain = names.get(_normalize("".join(run)))
            if domain or length == 1:
                yield SearchTerm(words=run, domain=domain)
                at += length
                break


def _domain_names(taxonomy: Taxonomy) -> Mapping[str, str]:
    """Return what names a domain: its slug, its names, and the parts of a name that lists several."""
    names: dict[str, str] = {}
    for domain in taxonomy.domains:
        if domain is OTHER:
            continue
        for locale in Locale:
            name = domain.name(locale)
            for part in (name, *_NAME_SEPARATOR.split(name)):
                names.setdefault(_normalize(part), domain.slug)
        names[_normalize(domain.slug)] = domain.slug
    names.pop("", None)
    return names


def _normalize(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
