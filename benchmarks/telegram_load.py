"""A broadcast to many chats through the real service, while people ask.

``python -m benchmarks.telegram_load``. The service is a child process; the Bot API is the strict stand-in of
the tests, which answers 429 to the 31st message of any second. Prints the rate, the floods drawn, and how
long people waited for answers.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from digest.model import DeliveryState, Preferences, Target
from digest.model.clock import system_clock
from digest.services.broadcasts import Audience
from digest.services.subscriptions import SubscriptionService
from digest.storage import open_store
from tests.support.program import running_service
from tests.support.telegram_flood_limits import FloodLimits
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person

BROADCAST_TEXT = "Maintenance at noon."
ASKING_USERS = 8
ASK_INTERVAL = 1.5


@dataclass(slots=True)
class LoadResult:
    """What a run came to."""

    messages: int
    seconds: float = 0.0
    flood_waits: int = 0
    duplicates: int = 0
    reply_seconds: list[float] = field(default_factory=list)

    def format_lines(self) -> list[str]:
        """Return the figures for people."""
        waits = [1000 * wait for wait in sorted(self.reply_seconds)]
        bulk = self.messages / self.seconds
        both = (self.messages + len(waits)) / self.seconds
        middle, late, last = statistics.median(waits), waits[len(waits) * 95 // 100], waits[-1]
        return [
            f"bulk      {self.messages} messages in {self.seconds:.1f} s: {bulk:.1f} a second",
            f"all       {both:.1f} a second with the replies",
            f"floods    {self.flood_waits} times 429; {self.duplicates} messages came twice",
            f"replies   {len(waits)}: half within {middle:.0f} ms, 95 % {late:.0f}, all {last:.0f}",
        ]


async def measure(messages: int, folder: Path) -> LoadResult:
    """Send a broadcast to so many chats, and let people ask meanwhile."""
    figures = LoadResult(messages=messages)
    limits = FloodLimits()
    async with TelegramServer(limits=limits) as telegram:
        settings = {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/digest.db",
            "MAIL_DIR": str(folder / "out"),
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "LOG_LEVEL": "warning",
        }
        people = [telegram.user(number) for number in range(1, messages + 1)]
        await create_broadcast(settings["DATABASE_URL"], len(people))
        askers = [telegram.user(10**6 + number) for number in range(ASKING_USERS)]
        async with running_service(settings) as service:
            asking = [
                asyncio.create_task(ask_repeatedly(one, figures, at / ASKING_USERS)) for at, one in enumerate(askers)
            ]
            await wait_for_broadcast(people)
            began = time.monotonic()
            figures.reply_seconds.clear()
            while sum(bool(one.messages) for one in people) < messages:  # noqa: ASYNC110 - the wire has no event
                await asyncio.sleep(0.05)
            figures.seconds = time.monotonic() - began
            for task in asking:
                task.cancel()
            await service.stop()
        figures.duplicates = sum(max(0, len(one.messages) - 1) for one in people)
    figures.flood_waits = limits.violations
    await check_outbox(settings["DATABASE_URL"], messages)
    return figures


async def create_broadcast(url: str, count: int) -> None:
    """Make readers with a chat each, and queue the broadcast."""
    store = await open_store(url, system_clock)
    membership = SubscriptionService(
        store=store.subscribers, endpoints=store.email_verification, clock=system_clock, defaults=Preferences()
    )
    await asyncio.gather(*(membership.get_or_create(Target.telegram(number)) for number in range(1, count + 1)))
    await store.broadcasts.queue(BROADCAST_TEXT, Audience(), "load", system_clock())
    await store.close()


async def wait_for_broadcast(people: list[Person]) -> None:
    """Wait until the broadcast has begun."""
    while not any(one.messages for one in people):  # noqa: ASYNC110 - the wire has no event
        await asyncio.sleep(0.02)


async def ask_repeatedly(person: Person, result: LoadResult, phase: float) -> None:
    """Ask for a paper now and again, and note how long each answer took."""
    await asyncio.sleep(phase * ASK_INTERVAL)
    while True:
        began = time.monotonic()
        person.send("/paper 2601.15876")
        await person.wait_for_message("2601.15876", timeout=60)
        result.reply_seconds.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, ASK_INTERVAL * 2.2 - (time.monotonic() - began)))


async def check_outbox(url: str, messages: int) -> None:
    """Raise where the outbox tells another story than the wire."""
    store = await open_store(url, system_clock)
    numbers = await store.stats.load_stats()
    await store.close()
    if numbers.deliveries != {DeliveryState.SENT: messages}:
        raise AssertionError(f"the outbox says {numbers.deliveries}")


def main() -> None:
    """Run once and print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--messages", type=int, default=2000)
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(words.parse_args().messages, Path(folder)))
    print("\n".join(figures.format_lines()))


if __name__ == "__main__":
    main()
