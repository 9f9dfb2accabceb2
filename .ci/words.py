"""Keep the catalogues in step with the code: ``words.py`` writes them, ``words.py --check`` only looks.

``words.py --new CODE`` begins the catalogue of another language.

Messages are what ``gettext("…")``, ``ngettext("one", "many", n)`` and ``gettext_noop("…")`` hold in the package and
in the templates.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

CATALOGUES = Path("digest/text/locale")
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "gettext_noop": None}
PLACE = re.compile(r"\{(/?\w+)")
SOURCES = (("digest", [("**.py", "python")]), ("templates", [("**.j2", "jinja2.ext:babel_extract")]))


def messages_of_the_code() -> Catalog:
    """Return every message that the program can say."""
    template = Catalog(fuzzy=False)
    for folder, methods in SOURCES:
        found = extract_from_dir(
            folder, method_map=methods, keywords=KEYWORDS, options_map={"**.j2": {"silent": "false"}}
        )
        for _, _, message, _, _ in found:
            template.add(message)
    return template


def hidden_from_extraction(template: Catalog) -> Iterator[str]:
    """Name every message in a place where extraction does not look, such as within an f-string."""
    for path in sorted(Path("digest").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            forms = node.args[: {"gettext": 1, "ngettext": 2}.get(node.func.attr, 0)]
            constants = [one.value for one in forms if isinstance(one, ast.Constant)]
            texts = [value for value in constants if isinstance(value, str)]
            speaks = len(texts) == len(forms) and (len(texts) > 1 or node.func.attr == "gettext")
            if speaks and texts and texts[0] not in template:
                yield f"{path}:{node.lineno}: not found by extraction: {texts[0]!r}"


def read(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def updated(path: Path, template: Catalog) -> bytes:
    """Return a catalogue's file as it should be: the code's messages, each with its translation."""
    catalogue = read(path)
    catalogue.update(template, no_fuzzy_matching=True)
    written = io.BytesIO()
    write_po(written, catalogue, width=110, no_location=True, omit_header=False, ignore_obsolete=True, sort_output=True)
    kept = (line for line in written.getvalue().splitlines() if not line.startswith(b'"POT-Creation-Date'))
    return b"\n".join(kept) + b"\n"


def begin(code: str) -> int:
    """Write the catalogue of a language that has none yet, with everything to be translated."""
    path = CATALOGUES / f"{code}.po"
    try:
        name = Locale(code).english_name
    except (UnknownLocaleError, ValueError):
        name = None
    if not name or path.exists():
        print(f"{code}: {'has a catalogue already' if path.exists() else 'is no language that Babel knows'}")
        return 1
    begun = io.BytesIO()
    write_po(begun, Catalog(locale=code, fuzzy=False, header_comment=f"# {name} words of Paper Digest."))
    path.write_bytes(begun.getvalue())
    path.write_bytes(updated(path, messages_of_the_code()))
    print(f"{path}: translate what is empty, then `make check`")
    return 0


def complaints(path: Path, template: Catalog) -> Iterator[str]:
    """Name every message without a translation, and every translation with other places than its message."""
    catalogue = read(path)
    for wanted in template:
        if not wanted.id:
            continue
        message = catalogue.get(wanted.id[0] if isinstance(wanted.id, tuple) else wanted.id)
        if message is None or not all(_texts(message.string)):
            yield f"{path}: not translated: {wanted.id!r}"
        elif message.fuzzy:
            yield f"{path}: only a guess: {wanted.id!r}"
        elif (odd := _odd_places(wanted, message)) is not None:
            yield f"{path}: places differ: {wanted.id!r} -> {odd!r}"


def _odd_places(wanted: Message, message: Message) -> str | None:
    """Return the first translation whose ``{places}`` are not those of the message."""
    ids = _texts(wanted.id)
    allowed = {place for text in ids for place in PLACE.findall(text)}
    needed = set.intersection(*(set(PLACE.findall(text)) for text in ids)) - {"n"}
    for text in _texts(message.string):
        if not needed <= set(PLACE.findall(text)) <= allowed | {"n"}:
            return text
    return None


def _texts(forms: object) -> tuple[str, ...]:
    """Return the forms of a message or translation: one, or one for each plural."""
    return tuple(map(str, forms)) if isinstance(forms, tuple | list) else (str(forms or ""),)


def main() -> int:
    """Write the catalogues, or with ``--check`` name what is wrong with them."""
    if "--new" in sys.argv:
        return begin(sys.argv[-1])
    template = messages_of_the_code()
    paths = sorted(CATALOGUES.glob("*.po"))
    if "--check" in sys.argv:
        found = [*hidden_from_extraction(template)]
        found += [line for path in paths for line in complaints(path, template)]
        found += [
            f"{path}: not as `make words` writes it" for path in paths if updated(path, template) != path.read_bytes()
        ]
        print("\n".join(found) or f"{len(template)} messages, {len(paths)} catalogues: complete")
        return bool(found)
    for path in paths:
        path.write_bytes(updated(path, template))
    return 0


if __name__ == "__main__":
    sys.exit(main())
