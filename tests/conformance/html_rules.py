"""html-validate reads the HTML of our mails and pages, with its recommended rules but those said here."""

from collections.abc import Mapping

from tests.conformance import node
from tests.conformance.mails import SampleEmail
from tests.conformance.pages import PageSet
from tests.conformance.validator_report import ValidatorReport, prefix_with_name

DISABLED_RULES = {
    "no-inline-style": "Gmail and Outlook read the style attribute best, and some clients nothing else",
    "no-conditional-comment": "Outlook for Windows needs its own tables, which only it may see",
    "no-deprecated-attr": "Outlook reads align, width and cellpadding of a table, not the CSS for them",
    "presentation-role-style": "screen readers that know role=none know role=presentation, not the reverse",
    "prefer-native-element": "MJML says role=article of a div: clients strip the element article",
    "void-style": "MJML closes its empty tags with a slash, and in HTML that means nothing",
    "doctype-style": "MJML writes it in small letters, and in HTML that means the same",
    "long-title": "the title of a mail is its subject, which may have 160 characters",
    "no-trailing-whitespace": "a mail is cut into pieces, filled with blanks up to whole base64 lines",
}
"""Each rule that is turned off, and why."""


CHECKBOXES_SHARE = {"form-dup-name": ["error", {"shared": ["radio", "button", "submit", "checkbox"]}]}
"""Checkboxes of one question have one name: HTML lets a form repeat it, and so do ours."""


def check(mails: Mapping[str, SampleEmail]) -> ValidatorReport:
    """Have the HTML of every mail validated."""
    pages = {name: one.part.html for name, one in mails.items()}
    return _validate(
        pages, dict.fromkeys(DISABLED_RULES, "off"), f"mails by the recommended rules but {len(DISABLED_RULES)}"
    )


def check_pages(found: PageSet) -> ValidatorReport:
    """Have every page of the site validated; that of a mail's copy has the mail's subject as its title."""
    return _validate(found.pages, {"long-title": "off", **CHECKBOXES_SHARE}, "pages by the recommended rules but 1")


def _validate(pages: Mapping[str, str], rules: Mapping[str, object], tried: str) -> ValidatorReport:
    return ValidatorReport(
        name="html-validate",
        version=node.version("html-validate"),
        scope=f"{len(pages)} {tried}",
        faults=prefix_with_name(node.run_script("html-validate.js", {"rules": rules, "pages": pages})),
    )
