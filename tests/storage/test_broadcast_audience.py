"""What each choice of an audience would count: exactly what would be reached if it were made."""

from dataclasses import replace

import pytest

from digest.model import Channel, Locale, Target
from digest.model.clock import FixedClock
from digest.services.broadcasts import Audience
from digest.storage import Store
from tests.support.database import subscription_service

SLUGS = ("robotics", "vision", "speech")


@pytest.fixture
async def subscribers(store: Store, clock: FixedClock) -> None:
    """Let five people read: in both languages, on both channels, of some domains and of all."""
    people = subscription_service(store, clock)
    await people.add_subscriber([Target.telegram(1), Target.email("ann@example.org")], ["robotics", "vision"])
    await people.add_subscriber([Target.telegram(2)], None, locale=Locale.ZH)
    await people.add_subscriber([Target.email("cat@example.org")], ["vision"], locale=Locale.ZH)
    await people.add_subscriber([Target.telegram(4)], ["speech"])
    await people.get_or_create(Target.telegram(5))


@pytest.mark.usefixtures("subscribers")
@pytest.mark.parametrize(
    "audience",
    [
        Audience(),
        Audience(channel=Channel.EMAIL),
        Audience(locale=Locale.ZH),
        Audience(domains=("vision",)),
        Audience(domains=("vision", "speech"), locale=Locale.EN, channel=Channel.TELEGRAM),
    ],
)
async def test_every_choice_counts_what_it_would_reach(store: Store, audience: Audience) -> None:
    async def reached(changed: Audience) -> int:
        return sum((await store.broadcasts.count_recipients(changed)).values())

    offered = await store.broadcasts.audience_counts(audience)

    for channel, n in offered.channels.items():
        assert n == await reached(replace(audience, channel=channel))
    for locale, n in offered.locales.items():
        assert n == await reached(replace(audience, locale=locale))
    for slug in SLUGS:
        assert offered.for_domain(slug) == await reached(replace(audience, domains=(slug,)))
    assert offered.for_domain(None) == await reached(replace(audience, domains=None))
    assert set(offered.channels) == {None, *Channel}
    assert set(offered.locales) == {None, *Locale}


async def test_an_empty_store_offers_choices_of_nobody(store: Store) -> None:
    offered = await store.broadcasts.audience_counts(Audience())

    assert {*offered.channels.values(), *offered.locales.values(), offered.for_domain("robotics")} == {0}
