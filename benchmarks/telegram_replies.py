"""How long people wait for an answer, alone and beside a broadcast to 10,000 readers, by polling and webhook.

``python -m benchmarks.telegram_replies``. The service is a child process on a SQLite file; the Bot API is the
strict stand-in of the tests. Each wait is from the moment at which Telegram has the update to the moment at
which it has the whole answer, polling's own wait and our pace among it.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.model import Channel
from tests.app.talks import free_port
from tests.faults.ground import TEXT, Ground, ground
from tests.support.program import Service, running_service
from tests.support.telegram_limits import FloodLimits
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_world import ChatMessage

READERS = 10_000
ASKERS = 150
A_SECOND = 5
ALONE_SECONDS = 25.0
BESIDE_SECONDS = 35.0
GOAL = 200.0
SEED = Path("seeds/2026-01-24.md")
SECRET = "a-secret-of-the-benchmark-alone-01"  # noqa: S105 - made up
COMMANDS = ("/start", "/today", "/paper 3", "/settings", "/domains")
TAP = "a tap"
READING_SECONDS = 3.0
"""So long people look at the domains before they tap."""

BULK = TEXT.split(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long people waited, in milliseconds, by what they said."""

    mode: str
    beside: bool
    by_words: dict[str, list[float]]
    busy: float
    """How much of one processor the service took, from 0 to 1."""

    @property
    def p95(self) -> float:
        """The 95th percentile of all."""
        return _percentile(self._all, 95)

    @property
    def _all(self) -> list[float]:
        return [wait for waits in self.by_words.values() for wait in waits]

    def line(self) -> str:
        """Give the figures of all in one row."""
        name = f"{self.mode} {'beside the broadcast' if self.beside else 'alone'}"
        p50, p95, p99 = (_percentile(self._all, part) for part in (50, 95, 99))
        figures = f"{p50:6.0f} {p95:6.0f} {p99:6.0f} {max(self._all):6.0f} {len(self._all):5}"
        return f"{name:30} {figures} {self.busy:6.0%}"

    def parts(self) -> str:
        """Give the median of each kind of question."""
        each = (f"{words} {statistics.median(waits):.0f}" for words, waits in self.by_words.items() if waits)
        return f"  medians: {', '.join(each)}"


def _percentile(waits: Sequence[float], part: int) -> float:
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


@dataclass(slots=True)
class Crowd:
    """People who ask, one after the other at an even pace; no one of them twice within half a minute."""

    people: Sequence[Person]
    waits: dict[str, list[float]] = field(default_factory=dict)
    _asked: int = 0
    _keyboards: deque[tuple[float, Person, ChatMessage]] = field(default_factory=deque)

    async def ask_for(self, seconds: float) -> dict[str, list[float]]:
        """Ask for so long, wait for the last answers, and give how long each took."""
        self.waits = {words: [] for words in (*COMMANDS, TAP)}
        until = time.monotonic() + seconds
        asking = []
        while time.monotonic() < until:
            asking.append(asyncio.create_task(self._next()))
            await asyncio.sleep(1 / A_SECOND)
        await asyncio.gather(*asking)
        return self.waits

    async def _next(self) -> None:
        self._asked += 1
        words = (*COMMANDS, TAP)[self._asked % (len(COMMANDS) + 1)]
        if words != TAP:
            await self._say(words, self.people[self._asked % len(self.people)])
        elif self._keyboards and time.monotonic() - self._keyboards[0][0] > READING_SECONDS:
            await self._tap(*self._keyboards.popleft()[1:])

    async def _say(self, words: str, person: Person) -> None:
        began, sent = time.monotonic(), person.send(words)

        def answer() -> ChatMessage | None:
            later = (one for one in reversed(person.messages) if one.id > sent.id)
            return next((one for one in later if BULK not in one.text), None)

        got: ChatMessage = await person.world.until(answer, 60, lambda: f"no answer to {words}")
        self.waits[words].append(1000 * (time.monotonic() - began))
        if words == "/domains":
            self._keyboards.append((time.monotonic(), person, got))

    async def _tap(self, person: Person, message: ChatMessage) -> None:
        """Tap a domain on or off: the press is answered, and the keyboard shows it."""
        began, edits = time.monotonic(), message.edits
        tap = person.tap(message.buttons[3], on=message)
        await tap.answered(timeout=60)
        await person.wait_for_edit(message, after=edits, timeout=60)
        self.waits[TAP].append(1000 * (time.monotonic() - began))


async def measure(place: Ground, mode: str) -> list[Waits]:
    """Measure one way of hearing updates: first alone, then beside a broadcast to everybody."""
    async with TelegramServer(limits=FloodLimits()) as telegram:
        readers = [telegram.user(number) for number in range(1, READERS + 1)]
        crowd = Crowd(readers[:: READERS // ASKERS])
        async with running_service(settings_of(place, telegram, mode)) as service:
            await service.says("telegram: answering", within=60)
            await crowd.ask_for(READING_SECONDS + 2)
            alone = await phase(service, crowd, mode, seconds=ALONE_SECONDS, beside=False)
            await place.broadcast()
            await begun(readers, service)
            beside = await phase(service, crowd, mode, seconds=BESIDE_SECONDS, beside=True)
            if all(one.messages for one in readers):
                raise AssertionError("the broadcast ended before the measurement")
            service.child.kill()
    return [alone, beside]


async def phase(service: Service, crowd: Crowd, mode: str, *, seconds: float, beside: bool) -> Waits:
    """Let people ask for so long."""
    began, spent = time.monotonic(), processor_seconds(service.child.pid)
    by_words = await crowd.ask_for(seconds)
    busy = (processor_seconds(service.child.pid) - spent) / (time.monotonic() - began)
    return Waits(mode=mode, beside=beside, by_words=by_words, busy=busy)


def processor_seconds(process: int) -> float:
    """Give the processor time of a process so far, as the kernel counts it (proc_pid_stat(5))."""
    numbers = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def settings_of(place: Ground, telegram: TelegramServer, mode: str) -> Mapping[str, str]:
    """Give the settings of a service that polls, or that updates are brought to."""
    port = str(free_port())
    return {
        **place.settings,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEB_PORT": port,
        **({"TELEGRAM_WEBHOOK_SECRET": SECRET} if mode == "webhook" else {}),
    }


async def begun(readers: Sequence[Person], service: Service) -> None:
    """Wait until the broadcast is under way."""
    async with asyncio.timeout(60):
        while not any(BULK in one.text for reader in readers for one in reader.messages):
            if service.child.returncode is not None:
                raise AssertionError("".join(service.log))
            await asyncio.sleep(0.1)


async def measured(modes: Sequence[str]) -> list[Waits]:
    """Measure each way on a ground of its own."""
    found: list[Waits] = []
    for mode in modes:
        async with ground() as place:
            shutil.copy(SEED, place.reports)
            await place.crowd(READERS, Channel.TELEGRAM)
            found += await measure(place, mode)
    return found


def report(found: Sequence[Waits]) -> Iterator[str]:
    """Give the figures for people."""
    yield f"{READERS} readers, {A_SECOND} asks a second: {', '.join(COMMANDS)} and taps"
    yield f"{'milliseconds':30} {'p50':>6} {'p95':>6} {'p99':>6} {'most':>6} {'n':>5} {'busy':>6}"
    for waits in found:
        yield waits.line()
        yield waits.parts()
    for alone, beside in zip(found[::2], found[1::2], strict=True):
        yield f"{alone.mode}: p95 beside the broadcast is {beside.p95 / alone.p95:.2f} times p95 alone"
    yield f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    verdict = "yes" if all(waits.p95 < GOAL for waits in found if waits.beside) else "no"
    yield f"p95 beside the broadcast under {GOAL:.0f} ms: {verdict}"


def main() -> None:
    """Run once and print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--mode", choices=("polling", "webhook"), action="append", help="one of them only")
    found = asyncio.run(measured(words.parse_args().mode or ("polling", "webhook")))
    print("\n".join(report(found)))


if __name__ == "__main__":
    main()
