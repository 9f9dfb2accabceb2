"""The values that all packages share: frozen, keyword-only, without input or output.

Reading order is the order of a paper's way: paper, subscriber, endpoint, digest, delivery.
"""

from digest.model.delivery import (
    Announcement,
    Delivery,
    DeliveryContent,
    DeliveryState,
    SignupConfirmation,
    VerificationCode,
)
from digest.model.digest import Candidate, Digest, EmptyReason, SelectedPaper
from digest.model.endpoint import Channel, Endpoint, EndpointState, Target
from digest.model.locale import CATALOGUE_FOLDER, Locale
from digest.model.paper import Paper, PaperFeedback, Problem, Report, Section, Vote
from digest.model.subscriber import (
    DetailLevel,
    Frequency,
    PreferenceChanges,
    Preferences,
    Subscriber,
    SubscriberProfile,
)

__all__ = [
    "CATALOGUE_FOLDER",
    "Announcement",
    "Candidate",
    "Channel",
    "Delivery",
    "DeliveryContent",
    "DeliveryState",
    "DetailLevel",
    "Digest",
    "EmptyReason",
    "Endpoint",
    "EndpointState",
    "Frequency",
    "Locale",
    "Paper",
    "PaperFeedback",
    "PreferenceChanges",
    "Preferences",
    "Problem",
    "Report",
    "Section",
    "SelectedPaper",
    "SignupConfirmation",
    "Subscriber",
    "SubscriberProfile",
    "Target",
    "VerificationCode",
    "Vote",
]
