"""MJML's own compiler says whether our templates are MJML; ours (MRML) is more lenient."""

import re
from collections.abc import Iterator
from pathlib import Path

from digest.render.email.templates import compile_mjml
from tests.conformance import node
from tests.conformance.validator_report import ValidatorReport, prefix_with_name
from tests.render.email.sample_emails import TEMPLATES

SUFFIX = ".mjml.j2"
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def check(folder: Path) -> ValidatorReport:
    """Compile every template as strictly as can be, and find in it what MRML's one says.

    Jinja's tags are text to both. MJML includes no file but ``.mjml``, so the templates are renamed.
    """
    names = []
    for path in sorted(TEMPLATES.glob(f"*{SUFFIX}")):
        text = path.read_text(encoding="utf-8")
        name = path.name.removesuffix(SUFFIX)
        (folder / f"{name}.mjml").write_text(text.replace(SUFFIX, ".mjml"), encoding="utf-8")
        if "<mjml" in text:
            names.append(f"{name}.mjml")
    answer = node.run_script("mjml.js", {"folder": str(folder), "names": names})
    return ValidatorReport(
        name="mjml",
        version=node.version("mjml"),
        scope=f"{len(names)} templates compiled in strict mode, saying the same as MRML's",
        faults=prefix_with_name({name: _find_faults(name, **answer[name]) for name in names}),
    )


def _find_faults(name: str, html: str, faults: list[str]) -> Iterator[str]:
    """Return the compiler's complaints, and words or tags that the two compilers do not share."""
    yield from faults
    if faults:
        return
    ours = compile_mjml(TEMPLATES, name.removesuffix(".mjml") + SUFFIX)
    if JINJA.findall(html) != JINJA.findall(ours):
        yield "the tags of Jinja are not those that MRML gives"
    if _visible_words(html) != _visible_words(ours):
        yield "the words are not those that MRML gives"
    if "<mj" in html:
        yield "a tag of MJML is left"


def _visible_words(html: str) -> list[str]:
    """Return the words between the tags, head and conditional comments left out."""
    body = re.sub(r"<!--.*?-->", " ", html[html.index("<body") :], flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", body).split()
