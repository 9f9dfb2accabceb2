"""What holders of links may do on the store, beside what the pages show; tokens that stay, and new keys."""

from dataclasses import replace

import pytest

from digest.model import Announcement, Delivery, Endpoint, EndpointState, Locale, SubscriberProfile, Target
from digest.model.clock import FixedClock
from digest.model.links import EmailLinks, LinkBuilder, TokenPurpose
from digest.services.email_links import EmailLinkService, InvalidLink, LinkOwner
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

ANN = Target.email("ann@example.org")
BOB = Target.email("bob@example.org")
CHAT = Target.telegram(42)


@pytest.fixture
def subscriptions(store: Store, clock: FixedClock) -> SubscriptionService:
    """Return membership on the store."""
    return subscription_service(store, clock)


@pytest.fixture
def email_links(store: Store, subscriptions: SubscriptionService, clock: FixedClock) -> EmailLinkService:
    """Return access on the store, with pages at an address."""
    maker = LinkBuilder(public_url="https://d.example", secret=b"one key")
    return EmailLinkService(
        store=store.link_tokens, subscriptions=subscriptions, links=maker, secret=b"one key", clock=clock
    )


def reopen_service(email_links: EmailLinkService, secret: bytes = b"one key") -> EmailLinkService:
    """Return access as another process, or one with another key, has it."""
    maker = LinkBuilder(public_url="https://d.example", secret=secret)
    return replace(email_links, links=maker, secret=secret, _cache={})


def make_delivery(endpoint: Endpoint, number: int = 1) -> Delivery:
    """Return a delivery to an endpoint."""
    return Delivery(
        id=number,
        key=f"key {number}",
        endpoint_id=endpoint.id,
        subscriber_id=endpoint.subscriber_id,
        target=endpoint.target,
        content=Announcement(text="words", locale=Locale.EN),
        created_at=NOW,
    )


async def make_links(email_links: EmailLinkService, endpoint: Endpoint, number: int = 1) -> EmailLinks:
    """Return the links of a mail to an endpoint."""
    links = await email_links.links_for(make_delivery(endpoint, number))
    assert links is not None
    return links


def token_in(link: str | None) -> str:
    """Return the token of a link."""
    return str(link).rpartition("/")[2]


async def link_owner(email_links: EmailLinkService, link: str | None, purpose: TokenPurpose) -> LinkOwner:
    """Return who holds a link that opens something."""
    found = await email_links.find_owner(token_in(link), purpose)
    assert isinstance(found, LinkOwner)
    return found


async def load_profile(subscriptions: SubscriptionService, target: Target) -> SubscriberProfile:
    """Return who reads at a target."""
    reader = await subscriptions.find_profile(target)
    assert reader is not None
    return reader


async def test_every_mail_to_an_endpoint_has_the_same_links_after_a_restart_too(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints

    first, second = await make_links(email_links, place), await make_links(email_links, place, 2)
    later = await make_links(reopen_service(email_links), place)

    assert first == second == later


async def test_each_channel_of_a_reader_has_links_of_its_own_and_both_open_the_same_reader(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    one, other = (await subscriptions.add_subscriber([ANN, BOB], None)).endpoints

    links = [await make_links(email_links, place) for place in (one, other)]

    assert len({link.unsubscribe for link in links} | {str(link.preferences) for link in links}) == 4
    holders = [await link_owner(email_links, link.preferences, TokenPurpose.PREFERENCES) for link in links]
    assert [one.endpoint.target for one in holders] == [ANN, BOB]
    assert holders[0].profile == holders[1].profile


async def test_with_another_key_mails_get_new_links_and_the_old_ones_stay_good(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    old = await make_links(email_links, place)

    new = await make_links(reopen_service(email_links, b"another key"), place)
    back = await make_links(reopen_service(email_links), place)

    assert len({old.unsubscribe, new.unsubscribe, back.unsubscribe}) >= 2
    for links in (old, new, back):
        assert (await link_owner(email_links, links.unsubscribe, TokenPurpose.UNSUBSCRIBE)).endpoint.target == ANN
        assert (await link_owner(email_links, links.preferences, TokenPurpose.PREFERENCES)).endpoint.target == ANN


async def test_a_link_is_good_for_its_own_purpose_alone(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    links = await make_links(email_links, place)

    crossed = [
        await email_links.find_owner(token_in(links.unsubscribe), TokenPurpose.PREFERENCES),
        await email_links.find_owner(token_in(links.preferences), TokenPurpose.UNSUBSCRIBE),
        await email_links.unsubscribe(token_in(links.preferences)),
    ]

    assert crossed == [InvalidLink.UNKNOWN] * 3
    assert (await load_profile(subscriptions, ANN)).endpoints[0].state is EndpointState.ACTIVE


async def test_without_pages_a_mail_has_no_links(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints

    assert await replace(email_links, links=None).links_for(make_delivery(place)) is None


async def test_a_mail_to_who_was_erased_meanwhile_still_gets_links_that_open_nothing(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    await subscriptions.erase(ANN)

    links = await make_links(email_links, place)

    assert await email_links.find_owner(token_in(links.unsubscribe), TokenPurpose.UNSUBSCRIBE) is InvalidLink.UNKNOWN


async def test_unsubscribing_gives_the_holder_as_before_and_a_second_time_changes_nothing(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    link = token_in((await make_links(email_links, place)).unsubscribe)

    first, second = await email_links.unsubscribe(link), await email_links.unsubscribe(link)

    assert isinstance(first, LinkOwner)
    assert isinstance(second, LinkOwner)
    assert [one.endpoint.state for one in (first, second)] == [EndpointState.ACTIVE, EndpointState.UNSUBSCRIBED]


async def test_who_comes_back_begins_with_the_newest_report(
    subscriptions: SubscriptionService, email_links: EmailLinkService, store: Store
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    link = token_in((await make_links(email_links, place)).unsubscribe)
    await email_links.unsubscribe(link)
    await save_report(store, TODAY, *(make_paper(number, "robotics") for number in range(1, 4)))

    await email_links.resubscribe(link)

    reader, start = await load_profile(subscriptions, ANN), await store.subscribers.starting_point()
    assert reader.subscriber.next_digest_at is not None
    assert (reader.subscriber.last_paper_seq, reader.subscriber.papers_since) == (
        start.last_paper_seq,
        start.papers_since,
    )


async def test_who_paused_and_comes_back_stays_paused(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    link = token_in((await make_links(email_links, place)).unsubscribe)
    await subscriptions.pause(ANN)
    await email_links.unsubscribe(link)

    await email_links.resubscribe(link)

    reader = await load_profile(subscriptions, ANN)
    assert reader.endpoints[0].state is EndpointState.ACTIVE
    assert (reader.subscriber.paused, reader.subscriber.next_digest_at) == (True, None)


async def test_who_reads_elsewhere_and_switches_a_channel_on_skips_nothing(
    subscriptions: SubscriptionService, email_links: EmailLinkService, store: Store
) -> None:
    mail, _ = (await subscriptions.add_subscriber([ANN, CHAT], None)).endpoints
    holder = await link_owner(email_links, (await make_links(email_links, mail)).preferences, TokenPurpose.PREFERENCES)
    await email_links.set_enabled(holder, mail.id, enabled=False)
    before = (await load_profile(subscriptions, CHAT)).subscriber
    await save_report(store, TODAY, make_paper(1, "robotics"))

    switched = await email_links.set_enabled(holder, mail.id, enabled=True)

    assert switched
    assert (await load_profile(subscriptions, CHAT)).subscriber == before


async def test_nobody_switches_a_channel_of_somebody_else(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (mine,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    (theirs,) = (await subscriptions.add_subscriber([BOB], None)).endpoints
    holder = await link_owner(email_links, (await make_links(email_links, mine)).preferences, TokenPurpose.PREFERENCES)

    ends = [await email_links.set_enabled(holder, theirs.id, enabled=on) for on in (False, True)]

    assert ends == [False, False]
    assert (await load_profile(subscriptions, BOB)).endpoints[0].state is EndpointState.ACTIVE


async def test_switching_to_what_it_is_already_says_no_and_changes_nothing(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (mine,) = (await subscriptions.add_subscriber([ANN], None)).endpoints
    holder = await link_owner(email_links, (await make_links(email_links, mine)).preferences, TokenPurpose.PREFERENCES)

    on = await email_links.set_enabled(holder, mine.id, enabled=True)
    offs = [await email_links.set_enabled(holder, mine.id, enabled=False) for _ in range(2)]

    assert (on, offs) == (False, [True, False])


async def test_the_page_of_preferences_after_yes_is_that_of_the_mails(
    subscriptions: SubscriptionService, email_links: EmailLinkService
) -> None:
    (place,) = (await subscriptions.add_subscriber([ANN], None)).endpoints

    shown = await email_links.preferences_token(place)

    assert token_in((await make_links(email_links, place)).preferences) == shown
