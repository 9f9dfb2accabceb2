"""The values that walk through the house: frozen, keyword-only, without behaviour of the outside world.

Reading order is the order of a paper's way: paper, subscriber, endpoint, digest, delivery.
"""

from digest.model.delivery import AddressCode, Announcement, Content, Delivery, DeliveryState, OptIn
from digest.model.digest import Candidate, Digest, Nothing, Pick
from digest.model.endpoint import Channel, Endpoint, EndpointState, Target
from digest.model.language import CATALOGUES, Locale
from digest.model.paper import Mark, Paper, Problem, Report, Section, Vote
from digest.model.subscriber import Layout, Preferences, Reader, Rhythm, Subscriber

__all__ = [
    "CATALOGUES",
    "AddressCode",
    "Announcement",
    "Candidate",
    "Channel",
    "Content",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Endpoint",
    "EndpointState",
    "Layout",
    "Locale",
    "Mark",
    "Nothing",
    "OptIn",
    "Paper",
    "Pick",
    "Preferences",
    "Problem",
    "Reader",
    "Report",
    "Rhythm",
    "Section",
    "Subscriber",
    "Target",
    "Vote",
]
