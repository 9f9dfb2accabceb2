"""DKIM's public key as DNS has it (RFC 6376 section 3.6.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.mail.dns.tags import parse_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimRecord:
    """A key record: ``public_key`` is base64 without blanks, empty for a key that was revoked."""

    algorithm: str
    public_key: str
    is_testing: bool = False


def find_dkim_records(texts: Sequence[str]) -> list[str]:
    """Return the texts at a selector's name that may be key records."""
    return [text for text in texts if re.match(r"\s*v\s*=\s*DKIM1\b", text) or re.search(r"\bp\s*=", text)]


def parse_dkim(text: str) -> DkimRecord | None:
    """Read a key record; None where receivers could not."""
    tags = parse_tags(text)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return None
    public = re.sub(r"\s+", "", tags["p"])
    if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", public):
        return None
    return DkimRecord(
        algorithm=tags.get("k", "rsa").lower(),
        public_key=public,
        is_testing="y" in tags.get("t", "").replace(" ", "").split(":"),
    )
