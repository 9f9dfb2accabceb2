"""caniemail says what Gmail, Outlook, Apple Mail and Yahoo do not support of our HTML."""

from collections.abc import Mapping
from pathlib import Path

from tests.conformance import node
from tests.conformance.mails import SampleEmail
from tests.conformance.validator_report import ValidatorReport, prefix_with_name

CLIENTS = ("gmail.*", "outlook.*", "apple-mail.*", "yahoo.*")

ACCEPTED_ISSUES = {
    "color-scheme meta tag": "tells Apple Mail that there are dark colours; others leave it out",
    "color-scheme CSS property": "the same",
    "overflow-wrap": "breaks long addresses; MJML's own word-break stands beside it",
    "text-underline-offset": "air below links; without it the line is where it always is",
    "border-radius": "round corners; without it they are square",
    "mailto: links": "opens another program in Yahoo on Android, and works",
    "<ul>, <ol> and <dl>": "lists in a paper's text; clients choose indents of their own",
}
"""What our mails have beyond MJML's own output, and how a mail looks where it is not supported."""


def check(mails: Mapping[str, SampleEmail], folder: Path) -> ValidatorReport:
    """Return what a client lacks for our mails and not for a bare MJML document with the same tags."""
    bare = "bare.mjml"
    (folder / bare).write_text((node.HERE / bare).read_text(encoding="utf-8"), encoding="utf-8")
    compiled = node.run_script("mjml.js", {"folder": str(folder), "names": [bare]})[bare]
    pages = {name: one.part.html for name, one in mails.items()} | {bare: compiled["html"]}
    issues = node.run_script("caniemail.js", {"clients": CLIENTS, "pages": pages})
    known = set(issues.pop(bare))
    new = {
        name: [issue for issue in sorted(set(found) - known) if not _is_accepted(issue)]
        for name, found in issues.items()
    }
    return ValidatorReport(
        name="caniemail",
        version=node.version("caniemail"),
        scope=f"{len(mails)} mails in {len(CLIENTS)} families, beyond bare MJML and {len(ACCEPTED_ISSUES)} features",
        faults=(*compiled["faults"], *prefix_with_name(new)),
    )


def _is_accepted(issue: str) -> bool:
    """Return whether an issue, ``client: feature (support)``, is one that does no harm."""
    return issue.split(": ", 1)[1].rsplit(" (", 1)[0] in ACCEPTED_ISSUES
