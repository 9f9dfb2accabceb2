"""What a delivery carries, as a JSON document and back; frozen once it is written."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from digest.model import AddressCode, Announcement, Content, Digest, OptIn
from digest.store.tables import Kind

_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {
    Kind.DIGEST: TypeAdapter(Digest),
    Kind.BROADCAST: TypeAdapter(Announcement),
    Kind.CODE: TypeAdapter(AddressCode),
    Kind.ALERT: TypeAdapter(Announcement),
    Kind.OPT_IN: TypeAdapter(OptIn),
}


def kind_of(content: Content) -> Kind:
    """Give the kind of a delivery that carries this."""
    match content:
        case Digest():
            return Kind.DIGEST
        case Announcement():
            return Kind.BROADCAST
        case AddressCode():
            return Kind.CODE
        case OptIn():
            return Kind.OPT_IN


def dump(content: Content) -> Any:  # noqa: ANN401 - any JSON value
    """Give the document to store."""
    return _ADAPTERS[kind_of(content)].dump_python(content, mode="json", exclude_defaults=True)


def papers_in(document: Mapping[str, Any]) -> list[str]:
    """Return the ids of a stored digest's papers, without reading the rest of it; none of anything else.

    Here alone keys of a stored document are named; they are the field names of ``Digest`` and ``Pick``.
    """
    return [pick["paper"] for pick in document.get("picks", ())]


def load(kind: Kind, document: Any) -> Content:  # noqa: ANN401 - any JSON value
    """Give the content that was stored."""
    content: Content = _ADAPTERS[kind].validate_python(document)
    return content
