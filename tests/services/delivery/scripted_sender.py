"""A postbox that ends each send as its script says, and couriers and rows to try it with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from digest.model import Channel, Delivery, Target
from digest.model.clock import Clock, FixedClock
from digest.model.outcome import Outcome, Sent
from digest.services.admin import DeliveryRow
from digest.services.broadcasts import Audience
from digest.services.delivery import DeliveryWorker
from digest.storage import Store
from tests.support.database import subscription_service


async def render_one_part(_delivery: Delivery) -> Sequence[str]:
    """Render a delivery as a single part."""
    return ("all of it",)


async def do_nothing(_delivery: Delivery) -> None:
    """Do nothing while a part is sent."""


@dataclass(slots=True)
class ScriptedSender:
    """Takes what is sent; each address ends as its script says, in order, and with a receipt after that."""

    outcomes: dict[str, list[Outcome | Exception]] = field(default_factory=dict)
    on_send: Callable[[Delivery], Awaitable[None]] = do_nothing
    sent: list[tuple[str, str]] = field(default_factory=list)
    in_flight: int = 0
    max_in_flight: int = 0

    async def send(self, delivery: Delivery, part: str) -> Outcome:
        """Take a part, do what the test wants done meanwhile, and end as the script says."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await self.on_send(delivery)
        finally:
            self.in_flight -= 1
        told = self.outcomes.get(delivery.target.address)
        end = told.pop(0) if told else Sent(receipt=f"{delivery.target.address}:{part}")
        if isinstance(end, Exception):
            raise end
        if isinstance(end, Sent):
            self.sent.append((delivery.target.address, part))
        return end

    async def close(self) -> None:
        """Have nothing to give back."""

    @property
    def addresses(self) -> list[str]:
        """Return who got something, in order."""
        return [address for address, _ in self.sent]


def build_worker(
    store: Store,
    sender: ScriptedSender,
    clock: Clock,
    *,
    render: Callable[[Delivery], Awaitable[Sequence[str]]] = render_one_part,
    concurrency: int = 4,
) -> DeliveryWorker[str]:
    """Return a courier of Telegram."""
    return DeliveryWorker(
        channel=Channel.TELEGRAM,
        owner="one",
        outbox=store.outbox,
        sender=sender,
        render=render,
        clock=clock,
        concurrency=concurrency,
    )


async def queue_broadcast(store: Store, clock: FixedClock, chat_count: int = 1) -> None:
    """Make so many chats known, numbered from 1, and queue a message for each."""
    people = subscription_service(store, clock)
    for number in range(chat_count):
        await people.subscribe(Target.telegram(number + 1), None)
    await store.broadcasts.queue("hello", Audience(), "a test", clock())


async def rows_by_address(store: Store) -> dict[str, DeliveryRow]:
    """Return every row by its address."""
    return {row.target.address: row for row in await store.outbox.list_deliveries(limit=10_000)}


async def states_by_address(store: Store) -> dict[str, str]:
    """Return the state of every row by its address."""
    return {address: row.state.value for address, row in (await rows_by_address(store)).items()}
