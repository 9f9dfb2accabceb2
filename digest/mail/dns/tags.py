"""Lists of ``name=value;``, as DKIM and DMARC write them (RFC 6376 section 3.2)."""

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def parse_tags(text: str) -> Mapping[str, str] | None:
    """Return the tags by name, in their order; None where this is no such list, or names a tag twice."""
    tags: dict[str, str] = {}
    for part in text.strip().rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name) or name in tags:
            return None
        tags[name] = value.strip()
    return tags
