"""A postbox that ends each send as its script says, and couriers and rows to try it with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from digest.broadcast import Audience
from digest.channel import Outcome, Sent
from digest.clock import Clock, SetClock
from digest.courier import Courier
from digest.model import Channel, Delivery, Target
from digest.overview import Listed
from digest.store import Store
from tests.support.stores import membership_on


async def one_part(_delivery: Delivery) -> Sequence[str]:
    """Render a delivery as a single part."""
    return ("all of it",)


async def nothing_else(_delivery: Delivery) -> None:
    """Do nothing while a part is sent."""


@dataclass(slots=True)
class ScriptedPostbox:
    """Takes what is sent; each address ends as its script says, in order, and with a receipt after that."""

    script: dict[str, list[Outcome | Exception]] = field(default_factory=dict)
    during: Callable[[Delivery], Awaitable[None]] = nothing_else
    taken: list[tuple[str, str]] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0

    async def send(self, delivery: Delivery, part: str) -> Outcome:
        """Take a part, do what the test wants done meanwhile, and end as the script says."""
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            await self.during(delivery)
        finally:
            self.flying -= 1
        told = self.script.get(delivery.target.address)
        end = told.pop(0) if told else Sent(receipt=f"{delivery.target.address}:{part}")
        if isinstance(end, Exception):
            raise end
        if isinstance(end, Sent):
            self.taken.append((delivery.target.address, part))
        return end

    async def close(self) -> None:
        """Have nothing to give back."""

    @property
    def addresses(self) -> list[str]:
        """Give who got something, in order."""
        return [address for address, _ in self.taken]


def courier_on(
    store: Store,
    postbox: ScriptedPostbox,
    clock: Clock,
    *,
    render: Callable[[Delivery], Awaitable[Sequence[str]]] = one_part,
    width: int = 4,
) -> Courier[str]:
    """Give a courier of Telegram."""
    return Courier(
        channel=Channel.TELEGRAM,
        owner="one",
        outbox=store.outbox,
        postbox=postbox,
        render=render,
        clock=clock,
        width=width,
    )


async def queue_for(store: Store, clock: SetClock, chats: int = 1) -> None:
    """Make so many chats known, numbered from 1, and queue a message for each."""
    people = membership_on(store, clock)
    for number in range(chats):
        await people.subscribe(Target.telegram(number + 1), None)
    await store.broadcasts.queue("hello", Audience(), "a test", clock())


async def rows(store: Store) -> dict[str, Listed]:
    """Give every row by its address."""
    return {row.target.address: row for row in await store.outbox.rows(most=10_000)}


async def states(store: Store) -> dict[str, str]:
    """Give the state of every row by its address."""
    return {address: row.state.value for address, row in (await rows(store)).items()}
