"""What a delivery carries, as a JSON document and back; frozen once it is written."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from digest.model import Announcement, DeliveryContent, Digest, SignupConfirmation, VerificationCode
from digest.storage.tables import Kind

_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {
    Kind.DIGEST: TypeAdapter(Digest),
    Kind.BROADCAST: TypeAdapter(Announcement),
    Kind.CODE: TypeAdapter(VerificationCode),
    Kind.ALERT: TypeAdapter(Announcement),
    Kind.OPT_IN: TypeAdapter(SignupConfirmation),
}


def delivery_kind(content: DeliveryContent) -> Kind:
    """Return the kind of a delivery that carries this."""
    match content:
        case Digest():
            return Kind.DIGEST
        case Announcement():
            return Kind.BROADCAST
        case VerificationCode():
            return Kind.CODE
        case SignupConfirmation():
            return Kind.OPT_IN


def dump_content(content: DeliveryContent) -> Any:  # noqa: ANN401 - any JSON value
    """Return the document to store."""
    return _ADAPTERS[delivery_kind(content)].dump_python(content, mode="json", exclude_defaults=True)


def papers_in(document: Mapping[str, Any]) -> list[str]:
    """Return the ids of a stored digest's papers, without reading the rest of it; none of anything else.

    Here alone keys of a stored document are named; they are the field names of ``Digest`` and
    ``SelectedPaper``.
    """
    return [paper["paper_id"] for paper in document.get("papers", ())]


def load_content(kind: Kind, document: Any) -> DeliveryContent:  # noqa: ANN401 - any JSON value
    """Return the content that was stored."""
    content: DeliveryContent = _ADAPTERS[kind].validate_python(document)
    return content
