"""The states of a delivery in people's words."""

from digest.model import DeliveryState
from digest.words import Translator


def count_line(tr: Translator, name: str, count: int | str) -> str:
    """Return a line that counts something."""
    return tr.gettext("{name}: {n}", name=name, n=count)


def delivery_state_name(tr: Translator, state: DeliveryState) -> str:  # noqa: PLR0911 - one return for each state
    """Name a state."""
    match state:
        case DeliveryState.DUE:
            return tr.gettext("waiting")
        case DeliveryState.LEASED | DeliveryState.SENDING:
            return tr.gettext("being sent")
        case DeliveryState.SENT:
            return tr.gettext("sent")
        case DeliveryState.UNCERTAIN:
            return tr.gettext("uncertain, held for you")
        case DeliveryState.UNREACHABLE:
            return tr.gettext("address gone")
        case DeliveryState.REFUSED:
            return tr.gettext("refused")
        case DeliveryState.CANCELLED:
            return tr.gettext("cancelled")
