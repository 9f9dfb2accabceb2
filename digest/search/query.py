"""What a person searches for, read into terms that a paper must have."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.arxiv import find_arxiv_id
from digest.domains import Taxonomy
from digest.domains.domain import OTHER
from digest.model import Locale

LONGEST = 200
"""Characters of a query that are read."""

MOST_TERMS = 10
"""Terms of a query that are searched for."""

MOST_PAIRS = 12
"""Terms and pairs of signs of which papers that come near have some."""

_QUOTES = str.maketrans(dict.fromkeys("“”„«»「」『』", '"'))
_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')
_BETWEEN = re.compile(r"[^\w.+'’-]+")
_PART = re.compile(r"[&,、，()（）与和]")
_LITTLE_WORDS = "a about an and by for from in of on or the to with 与 和 或 的"
_LITTLE = frozenset(_LITTLE_WORDS.split())
_LONGEST_NAME = 5
"""Words of the longest name of a domain that is looked for."""

_IDEOGRAPHS = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{4,}")
_ENGLISH = re.compile(r"[a-z]{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that a paper must have: all of ``words``, or the domain.

    A word of several signs, such as ``multi-agent`` or 机器人, is a phrase. ``domain`` is the slug of the
    domain that the words name, None where they name none. ``begins``: the last word may go on, because
    somebody is still typing it.
    """

    words: tuple[str, ...]
    domain: str | None = None
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What was asked for; ``cut``: it was longer than what is searched for."""

    terms: tuple[Term, ...]
    cut: bool = False


def read_query(text: str, taxonomy: Taxonomy, *, typing: bool = False) -> Query:
    """Read a query, whatever it holds.

    Words between quotes of any kind are one phrase. Little words count only where there is nothing else.
    An address of a paper means its id. ``typing``: the last word may be the beginning of one.
    """
    whole = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    words = list(dict.fromkeys(_words(whole[:LONGEST])))
    telling = [word for word in words if word.casefold() not in _LITTLE] or words
    terms = list(_terms(telling, _names(taxonomy)))
    kept = terms[:MOST_TERMS]
    if typing and kept and whole[-1:].isalnum() and len(terms) == len(kept):
        last = kept[-1]
        kept[-1] = Term(words=last.words, domain=last.domain, begins=True)
    return Query(terms=tuple(kept), cut=len(whole) > LONGEST or len(terms) > len(kept))


def in_pairs(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Give the terms with long runs of Chinese taken apart into pairs, for papers that come near."""
    made: list[Term] = []
    for term in terms:
        runs = [run for word in term.words for run in _IDEOGRAPHS.findall(word)]
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        made += [Term(words=(pair,)) for pair in pairs] if pairs else [term]
    return tuple(dict.fromkeys(made))[:MOST_PAIRS]


def spellings(word: str) -> tuple[str, ...]:
    """Give an English word in the singular and in the plural; every other word as it is."""
    if not _ENGLISH.fullmatch(word) or word.lower().endswith(("ss", "us", "is")):
        return (word,)
    if word.lower().endswith("ies"):
        return (word, f"{word[:-3]}y")
    if word.lower().endswith("s"):
        return (word, word[:-1])
    return (word, f"{word}s")


def _words(text: str) -> Iterator[str]:
    """Give the words that hold a letter or a digit."""
    for quoted, bare in _PIECE.findall(text):
        found = find_arxiv_id(bare)
        pieces = [quoted] if quoted else [found.id] if found else _BETWEEN.split(bare)
        for piece in pieces:
            if any(sign.isalnum() for sign in piece):
                yield " ".join(piece.split()).strip("-.'’")


def _terms(words: Sequence[str], names: Mapping[str, str]) -> Iterator[Term]:
    """Give a term for each word, or for the longest run of words that names a domain."""
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            run = tuple(words[at : at + length])
            domain = names.get(_key("".join(run)))
            if domain or length == 1:
                yield Term(words=run, domain=domain)
                at += length
                break


def _names(taxonomy: Taxonomy) -> Mapping[str, str]:
    """Give what names a domain: its slug, its names, and the parts of a name that lists several."""
    names: dict[str, str] = {}
    for domain in taxonomy.domains:
        if domain is OTHER:
            continue
        for locale in Locale:
            name = domain.name(locale)
            for part in (name, *_PART.split(name)):
                names.setdefault(_key(part), domain.slug)
        names[_key(domain.slug)] = domain.slug
    names.pop("", None)
    return names


def _key(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
