"""The states of a delivery in people's words."""

from digest.model import DeliveryState
from digest.words import Words


def counted(words: Words, name: str, n: int | str) -> str:
    """Give a line that counts something."""
    return words.say("{name}: {n}", name=name, n=n)


def state_name(words: Words, state: DeliveryState) -> str:  # noqa: PLR0911 - one return for each state
    """Name a state."""
    match state:
        case DeliveryState.DUE:
            return words.say("waiting")
        case DeliveryState.LEASED | DeliveryState.SENDING:
            return words.say("being sent")
        case DeliveryState.SENT:
            return words.say("sent")
        case DeliveryState.UNCERTAIN:
            return words.say("uncertain, held for you")
        case DeliveryState.GONE:
            return words.say("address gone")
        case DeliveryState.REFUSED:
            return words.say("refused")
        case DeliveryState.CANCELLED:
            return words.say("cancelled")
