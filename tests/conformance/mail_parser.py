"""mailparser reads our mails as a mail program does: what it gives is what we put in."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance import node
from tests.conformance.mails import SampleEmail
from tests.conformance.validator_report import ValidatorReport, prefix_with_name
from tests.render.email.sample_emails import IDENTITY

LIST_ID = f"paper-digest.{IDENTITY.list_domain}"


def check(mails: Mapping[str, SampleEmail]) -> ValidatorReport:
    """Have every mail parsed and hold it against its parts."""
    answer = node.run_script("mailparser.js", {name: b64encode(one.part.raw).decode() for name, one in mails.items()})
    return ValidatorReport(
        name="mailparser",
        version=node.version("mailparser"),
        scope=f"{len(mails)} mails read back: headers, both bodies, the list's links",
        faults=prefix_with_name({name: _find_differences(one, answer[name]) for name, one in mails.items()}),
    )


def _find_differences(one: SampleEmail, found: Mapping[str, Any]) -> Iterator[str]:
    """Return where a mail was read as something else."""
    wanted = {
        "subject": one.part.subject,
        "from": [{"address": IDENTITY.from_address, "name": IDENTITY.sender_name}],
        "to": [{"address": "reader@example.com", "name": ""}],
        "date": "2026-01-24T07:00:00.000Z",
        "messageId": one.part.message_id,
        "text": one.part.text,
        "html": one.part.html,
        "attachments": 0,
    }
    for name, value in wanted.items():
        if found[name] != value:
            yield f"{name} is {str(found[name])[:80]!r}, not {str(value)[:80]!r}"
    yield from _find_list_differences(one, found["list"])


def _find_list_differences(one: SampleEmail, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Return where the ``List-*`` headers were read as something else."""
    if not one.is_bulk and found:
        yield f"list is {found!r}, of a mail that belongs to none"
    wanted: dict[tuple[str, str], object] = {("id", "id"): LIST_ID} if one.is_bulk else {}
    if one.links:
        wanted |= {
            ("unsubscribe", "url"): one.links.unsubscribe,
            ("unsubscribe-post", "name"): "List-Unsubscribe=One-Click",
            ("subscribe", "url"): one.links.signup,
        }
    for (header, part), value in wanted.items():
        if found.get(header, {}).get(part) != value:
            yield f"list.{header}.{part} is {found.get(header)!r}, not {value!r}"
    if one.is_bulk and not str(found.get("unsubscribe", {}).get("mail", "")).startswith(IDENTITY.from_address):
        yield f"list.unsubscribe.mail is {found.get('unsubscribe')!r}"
