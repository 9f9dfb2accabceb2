"""What holders of links may do on the store, beside what the pages show; tokens that stay, and new keys."""

from dataclasses import replace

import pytest

from digest.access import Access, Holder, NoHolder
from digest.clock import SetClock
from digest.links import LinkMaker, MailLinks, Purpose
from digest.membership import Membership
from digest.model import Announcement, Delivery, Endpoint, EndpointState, Locale, Reader, Target
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

ANN = Target.email("ann@example.org")
BOB = Target.email("bob@example.org")
CHAT = Target.telegram(42)


@pytest.fixture
def people(store: Store, clock: SetClock) -> Membership:
    """Give membership on the store."""
    return membership_on(store, clock)


@pytest.fixture
def access(store: Store, people: Membership, clock: SetClock) -> Access:
    """Give access on the store, with pages at an address."""
    maker = LinkMaker(public_url="https://d.example", secret=b"one key")
    return Access(keys=store.keys, membership=people, links=maker, secret=b"one key", clock=clock)


def restarted(access: Access, secret: bytes = b"one key") -> Access:
    """Give access as another process, or one with another key, has it."""
    maker = LinkMaker(public_url="https://d.example", secret=secret)
    return replace(access, links=maker, secret=secret, _known={})


def a_mail(endpoint: Endpoint, number: int = 1) -> Delivery:
    """Give a delivery to an endpoint."""
    return Delivery(
        id=number,
        key=f"key {number}",
        endpoint=endpoint.id,
        subscriber=endpoint.subscriber,
        target=endpoint.target,
        content=Announcement(text="words", locale=Locale.EN),
        created_at=NOW,
    )


async def links_of(access: Access, endpoint: Endpoint, number: int = 1) -> MailLinks:
    """Give the links of a mail to an endpoint."""
    links = await access.mail_links(a_mail(endpoint, number))
    assert links is not None
    return links


def token(link: str | None) -> str:
    """Give the token of a link."""
    return str(link).rpartition("/")[2]


async def holder_of(access: Access, link: str | None, purpose: Purpose) -> Holder:
    """Give who holds a link that opens something."""
    found = await access.holder(token(link), purpose)
    assert isinstance(found, Holder)
    return found


async def read_again(people: Membership, target: Target) -> Reader:
    """Give who reads at a target."""
    reader = await people.reader(target)
    assert reader is not None
    return reader


async def test_every_mail_to_an_endpoint_has_the_same_links_after_a_restart_too(
    people: Membership, access: Access
) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints

    first, second = await links_of(access, place), await links_of(access, place, 2)
    later = await links_of(restarted(access), place)

    assert first == second == later


async def test_each_channel_of_a_reader_has_links_of_its_own_and_both_open_the_same_reader(
    people: Membership, access: Access
) -> None:
    one, other = (await people.enrol([ANN, BOB], None)).endpoints

    links = [await links_of(access, place) for place in (one, other)]

    assert len({link.unsubscribe for link in links} | {str(link.preferences) for link in links}) == 4
    holders = [await holder_of(access, link.preferences, Purpose.PREFERENCES) for link in links]
    assert [one.endpoint.target for one in holders] == [ANN, BOB]
    assert holders[0].reader == holders[1].reader


async def test_with_another_key_mails_get_new_links_and_the_old_ones_stay_good(
    people: Membership, access: Access
) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints
    old = await links_of(access, place)

    new = await links_of(restarted(access, b"another key"), place)
    back = await links_of(restarted(access), place)

    assert len({old.unsubscribe, new.unsubscribe, back.unsubscribe}) >= 2
    for links in (old, new, back):
        assert (await holder_of(access, links.unsubscribe, Purpose.UNSUBSCRIBE)).endpoint.target == ANN
        assert (await holder_of(access, links.preferences, Purpose.PREFERENCES)).endpoint.target == ANN


async def test_a_link_is_good_for_its_own_purpose_alone(people: Membership, access: Access) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints
    links = await links_of(access, place)

    crossed = [
        await access.holder(token(links.unsubscribe), Purpose.PREFERENCES),
        await access.holder(token(links.preferences), Purpose.UNSUBSCRIBE),
        await access.unsubscribe(token(links.preferences)),
    ]

    assert crossed == [NoHolder.UNKNOWN] * 3
    assert (await read_again(people, ANN)).endpoints[0].state is EndpointState.ACTIVE


async def test_without_pages_a_mail_has_no_links(people: Membership, access: Access) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints

    assert await replace(access, links=None).mail_links(a_mail(place)) is None


async def test_a_mail_to_who_was_erased_meanwhile_still_gets_links_that_open_nothing(
    people: Membership, access: Access
) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints
    await people.forget(ANN)

    links = await links_of(access, place)

    assert await access.holder(token(links.unsubscribe), Purpose.UNSUBSCRIBE) is NoHolder.UNKNOWN


async def test_unsubscribing_gives_the_holder_as_before_and_a_second_time_changes_nothing(
    people: Membership, access: Access
) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints
    link = token((await links_of(access, place)).unsubscribe)

    first, second = await access.unsubscribe(link), await access.unsubscribe(link)

    assert isinstance(first, Holder)
    assert isinstance(second, Holder)
    assert [one.endpoint.state for one in (first, second)] == [
        EndpointState.ACTIVE,
        EndpointState.UNSUBSCRIBED,
    ]


async def test_who_comes_back_begins_with_the_newest_report(
    people: Membership, access: Access, store: Store
) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints
    link = token((await links_of(access, place)).unsubscribe)
    await access.unsubscribe(link)
    await take_in(store, TODAY, *(a_paper(number, "robotics") for number in range(1, 4)))

    await access.subscribe_again(link)

    reader, start = await read_again(people, ANN), await store.people.start()
    assert reader.subscriber.next_at is not None
    assert (reader.subscriber.watermark, reader.subscriber.since) == (start.watermark, start.since)


async def test_who_paused_and_comes_back_stays_paused(people: Membership, access: Access) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints
    link = token((await links_of(access, place)).unsubscribe)
    await people.pause(ANN)
    await access.unsubscribe(link)

    await access.subscribe_again(link)

    reader = await read_again(people, ANN)
    assert reader.endpoints[0].state is EndpointState.ACTIVE
    assert (reader.subscriber.paused, reader.subscriber.next_at) == (True, None)


async def test_who_reads_elsewhere_and_switches_a_channel_on_skips_nothing(
    people: Membership, access: Access, store: Store
) -> None:
    mail, _ = (await people.enrol([ANN, CHAT], None)).endpoints
    holder = await holder_of(access, (await links_of(access, mail)).preferences, Purpose.PREFERENCES)
    await access.switch(holder, mail.id, on=False)
    before = (await read_again(people, CHAT)).subscriber
    await take_in(store, TODAY, a_paper(1, "robotics"))

    switched = await access.switch(holder, mail.id, on=True)

    assert switched
    assert (await read_again(people, CHAT)).subscriber == before


async def test_nobody_switches_a_channel_of_somebody_else(people: Membership, access: Access) -> None:
    (mine,) = (await people.enrol([ANN], None)).endpoints
    (theirs,) = (await people.enrol([BOB], None)).endpoints
    holder = await holder_of(access, (await links_of(access, mine)).preferences, Purpose.PREFERENCES)

    ends = [await access.switch(holder, theirs.id, on=on) for on in (False, True)]

    assert ends == [False, False]
    assert (await read_again(people, BOB)).endpoints[0].state is EndpointState.ACTIVE


async def test_switching_to_what_it_is_already_says_no_and_changes_nothing(
    people: Membership, access: Access
) -> None:
    (mine,) = (await people.enrol([ANN], None)).endpoints
    holder = await holder_of(access, (await links_of(access, mine)).preferences, Purpose.PREFERENCES)

    on = await access.switch(holder, mine.id, on=True)
    offs = [await access.switch(holder, mine.id, on=False) for _ in range(2)]

    assert (on, offs) == (False, [True, False])


async def test_the_page_of_preferences_after_yes_is_that_of_the_mails(
    people: Membership, access: Access
) -> None:
    (place,) = (await people.enrol([ANN], None)).endpoints

    shown = await access.preferences_token(place)

    assert token((await links_of(access, place)).preferences) == shown
