"""How words are compared: without regard to case, width, blanks, hyphens, and Markdown."""

import re
import unicodedata

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
