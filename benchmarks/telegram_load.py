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

from digest.broadcast import Audience
from digest.clock import system_clock
from digest.membership import Membership
from digest.model import DeliveryState, Preferences, Target
from digest.store import open_store
from tests.support.program import running_service
from tests.support.telegram_limits import FloodLimits
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer

BULK = "Maintenance at noon."
ASKERS = 8
EVERY_SECONDS = 1.5


@dataclass(slots=True)
class Figures:
    """What a run came to."""

    messages: int
    seconds: float = 0.0
    floods: int = 0
    twice: int = 0
    answers: list[float] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Give the figures for people."""
        waits = [1000 * wait for wait in sorted(self.answers)]
        bulk = self.messages / self.seconds
        both = (self.messages + len(waits)) / self.seconds
        middle, late, last = statistics.median(waits), waits[len(waits) * 95 // 100], waits[-1]
        return [
            f"bulk      {self.messages} messages in {self.seconds:.1f} s: {bulk:.1f} a second",
            f"all       {both:.1f} a second with the replies",
            f"floods    {self.floods} times 429; {self.twice} messages came twice",
            f"replies   {len(waits)}: half within {middle:.0f} ms, 95 % {late:.0f}, all {last:.0f}",
        ]


async def measure(messages: int, folder: Path) -> Figures:
    """Send a broadcast to so many chats, and let people ask meanwhile."""
    figures = Figures(messages=messages)
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
        await fill(settings["DATABASE_URL"], len(people))
        askers = [telegram.user(10**6 + number) for number in range(ASKERS)]
        async with running_service(settings) as service:
            asking = [asyncio.create_task(ask(one, figures, at / ASKERS)) for at, one in enumerate(askers)]
            await first_bulk(people)
            began = time.monotonic()
            figures.answers.clear()
            while sum(bool(one.messages) for one in people) < messages:  # noqa: ASYNC110 - the wire has no event
                await asyncio.sleep(0.05)
            figures.seconds = time.monotonic() - began
            for task in asking:
                task.cancel()
            await service.stop()
        figures.twice = sum(max(0, len(one.messages) - 1) for one in people)
    figures.floods = limits.violations
    await check(settings["DATABASE_URL"], messages)
    return figures


async def fill(url: str, count: int) -> None:
    """Make readers with a chat each, and queue the broadcast."""
    store = await open_store(url, system_clock)
    membership = Membership(
        people=store.people, addresses=store.addresses, clock=system_clock, defaults=Preferences()
    )
    await asyncio.gather(*(membership.join(Target.telegram(number)) for number in range(1, count + 1)))
    await store.broadcasts.queue(BULK, Audience(), "load", system_clock())
    await store.close()


async def first_bulk(people: list[Person]) -> None:
    """Wait until the broadcast has begun."""
    while not any(one.messages for one in people):  # noqa: ASYNC110 - the wire has no event
        await asyncio.sleep(0.02)


async def ask(person: Person, figures: Figures, phase: float) -> None:
    """Ask for a paper now and again, and note how long each answer took."""
    await asyncio.sleep(phase * EVERY_SECONDS)
    while True:
        began = time.monotonic()
        person.send("/paper 2601.15876")
        await person.wait_for_message("2601.15876", timeout=60)
        figures.answers.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, EVERY_SECONDS * 2.2 - (time.monotonic() - began)))


async def check(url: str, messages: int) -> None:
    """Raise where the outbox tells another story than the wire."""
    store = await open_store(url, system_clock)
    numbers = await store.overview.numbers()
    await store.close()
    if numbers.deliveries != {DeliveryState.SENT: messages}:
        raise AssertionError(f"the outbox says {numbers.deliveries}")


def main() -> None:
    """Run once and print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--messages", type=int, default=2000)
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(words.parse_args().messages, Path(folder)))
    print("\n".join(figures.lines()))


if __name__ == "__main__":
    main()
