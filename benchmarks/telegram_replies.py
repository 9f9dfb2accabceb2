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
from tests.faults.environment import BROADCAST_TEXT, CampaignEnv, campaign_env
from tests.support.program import RunningService, running_service
from tests.support.telegram_flood_limits import FloodLimits
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.support.telegram_world import ChatMessage
from tests.telegram.running_receiver import free_port

SUBSCRIBERS = 10_000
ASKING_USERS = 150
QUESTIONS_PER_SECOND = 5
ALONE_SECONDS = 25.0
LOADED_SECONDS = 35.0
MAX_P95_MS = 200.0
SEED = Path("seeds/2026-01-24.md")
SECRET = "a-secret-of-the-benchmark-alone-01"  # noqa: S105 - made up
COMMANDS = ("/start", "/today", "/paper 3", "/settings", "/domains")
TAP_LABEL = "a tap"
KEYBOARD_DELAY = 3.0
"""So long people look at the domains before they tap."""

BROADCAST_PREFIX = BROADCAST_TEXT.split(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTimes:
    """How long people waited, in milliseconds, by what they said."""

    mode: str
    during_broadcast: bool
    by_question: dict[str, list[float]]
    cpu_share: float
    """How much of one processor the service took, from 0 to 1."""

    @property
    def p95(self) -> float:
        """The 95th percentile of all."""
        return _percentile(self._all_times, 95)

    @property
    def _all_times(self) -> list[float]:
        return [wait for waits in self.by_question.values() for wait in waits]

    def format_total(self) -> str:
        """Return the figures of all in one row."""
        name = f"{self.mode} {'beside the broadcast' if self.during_broadcast else 'alone'}"
        p50, p95, p99 = (_percentile(self._all_times, part) for part in (50, 95, 99))
        figures = f"{p50:6.0f} {p95:6.0f} {p99:6.0f} {max(self._all_times):6.0f} {len(self._all_times):5}"
        return f"{name:30} {figures} {self.cpu_share:6.0%}"

    def format_by_question(self) -> str:
        """Return the median of each kind of question."""
        each = (f"{words} {statistics.median(waits):.0f}" for words, waits in self.by_question.items() if waits)
        return f"  medians: {', '.join(each)}"


def _percentile(times: Sequence[float], fraction: int) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * fraction // 100)]


@dataclass(slots=True)
class AskingUsers:
    """People who ask, one after the other at an even pace; no one of them twice within half a minute."""

    people: Sequence[Person]
    reply_times: dict[str, list[float]] = field(default_factory=dict)
    _ask_count: int = 0
    _keyboards: deque[tuple[float, Person, ChatMessage]] = field(default_factory=deque)

    async def ask_for(self, seconds: float) -> dict[str, list[float]]:
        """Ask for so long, wait for the last answers, and give how long each took."""
        self.reply_times = {words: [] for words in (*COMMANDS, TAP_LABEL)}
        until = time.monotonic() + seconds
        asking = []
        while time.monotonic() < until:
            asking.append(asyncio.create_task(self._ask_next()))
            await asyncio.sleep(1 / QUESTIONS_PER_SECOND)
        await asyncio.gather(*asking)
        return self.reply_times

    async def _ask_next(self) -> None:
        self._ask_count += 1
        words = (*COMMANDS, TAP_LABEL)[self._ask_count % (len(COMMANDS) + 1)]
        if words != TAP_LABEL:
            await self._send(words, self.people[self._ask_count % len(self.people)])
        elif self._keyboards and time.monotonic() - self._keyboards[0][0] > KEYBOARD_DELAY:
            await self._tap(*self._keyboards.popleft()[1:])

    async def _send(self, words: str, person: Person) -> None:
        began, sent = time.monotonic(), person.send(words)

        def measure_reply() -> ChatMessage | None:
            later = (one for one in reversed(person.messages) if one.id > sent.id)
            return next((one for one in later if BROADCAST_PREFIX not in one.text), None)

        got: ChatMessage = await person.world.wait_until(measure_reply, 60, lambda: f"no answer to {words}")
        self.reply_times[words].append(1000 * (time.monotonic() - began))
        if words == "/domains":
            self._keyboards.append((time.monotonic(), person, got))

    async def _tap(self, person: Person, message: ChatMessage) -> None:
        """Tap a domain on or off: the press is answered, and the keyboard shows it."""
        began, edits = time.monotonic(), message.edit_count
        tap = person.tap(message.buttons[3], on=message)
        await tap.wait_for_answer(timeout=60)
        await person.wait_for_edit(message, after=edits, timeout=60)
        self.reply_times[TAP_LABEL].append(1000 * (time.monotonic() - began))


async def measure(env: CampaignEnv, mode: str) -> list[ReplyTimes]:
    """Measure one way of hearing updates: first alone, then beside a broadcast to everybody."""
    async with TelegramServer(limits=FloodLimits()) as telegram:
        readers = [telegram.user(number) for number in range(1, SUBSCRIBERS + 1)]
        crowd = AskingUsers(readers[:: SUBSCRIBERS // ASKING_USERS])
        async with running_service(service_settings(env, telegram, mode)) as service:
            await service.wait_for_log("telegram: answering", within=60)
            await crowd.ask_for(KEYBOARD_DELAY + 2)
            alone = await run_phase(service, crowd, mode, seconds=ALONE_SECONDS, during_broadcast=False)
            await env.queue_broadcast()
            await wait_until_started(readers, service)
            beside = await run_phase(service, crowd, mode, seconds=LOADED_SECONDS, during_broadcast=True)
            if all(one.messages for one in readers):
                raise AssertionError("the broadcast ended before the measurement")
            service.child.kill()
    return [alone, beside]


async def run_phase(
    service: RunningService, crowd: AskingUsers, mode: str, *, seconds: float, during_broadcast: bool
) -> ReplyTimes:
    """Let people ask for so long."""
    began, spent = time.monotonic(), cpu_seconds_of(service.child.pid)
    by_words = await crowd.ask_for(seconds)
    busy = (cpu_seconds_of(service.child.pid) - spent) / (time.monotonic() - began)
    return ReplyTimes(mode=mode, during_broadcast=during_broadcast, by_question=by_words, cpu_share=busy)


def cpu_seconds_of(process: int) -> float:
    """Return the processor time of a process so far, as the kernel counts it (proc_pid_stat(5))."""
    numbers = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def service_settings(env: CampaignEnv, telegram: TelegramServer, mode: str) -> Mapping[str, str]:
    """Return the settings of a service that polls, or that updates are brought to."""
    port = str(free_port())
    return {
        **env.settings,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEB_PORT": port,
        **({"TELEGRAM_WEBHOOK_SECRET": SECRET} if mode == "webhook" else {}),
    }


async def wait_until_started(readers: Sequence[Person], service: RunningService) -> None:
    """Wait until the broadcast is under way."""
    async with asyncio.timeout(60):
        while not any(BROADCAST_PREFIX in one.text for reader in readers for one in reader.messages):
            if service.child.returncode is not None:
                raise AssertionError("".join(service.log_lines))
            await asyncio.sleep(0.1)


async def measure_modes(modes: Sequence[str]) -> list[ReplyTimes]:
    """Measure each way on a ground of its own."""
    found: list[ReplyTimes] = []
    for mode in modes:
        async with campaign_env() as place:
            shutil.copy(SEED, place.reports_dir)
            await place.add_subscribers(SUBSCRIBERS, Channel.TELEGRAM)
            found += await measure(place, mode)
    return found


def format_report(found: Sequence[ReplyTimes]) -> Iterator[str]:
    """Return the figures for people."""
    yield f"{SUBSCRIBERS} readers, {QUESTIONS_PER_SECOND} asks a second: {', '.join(COMMANDS)} and taps"
    yield f"{'milliseconds':30} {'p50':>6} {'p95':>6} {'p99':>6} {'most':>6} {'n':>5} {'busy':>6}"
    for waits in found:
        yield waits.format_total()
        yield waits.format_by_question()
    for alone, beside in zip(found[::2], found[1::2], strict=True):
        yield f"{alone.mode}: p95 beside the broadcast is {beside.p95 / alone.p95:.2f} times p95 alone"
    yield f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    verdict = "yes" if all(waits.p95 < MAX_P95_MS for waits in found if waits.during_broadcast) else "no"
    yield f"p95 beside the broadcast under {MAX_P95_MS:.0f} ms: {verdict}"


def main() -> None:
    """Run once and print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--mode", choices=("polling", "webhook"), action="append", help="one of them only")
    found = asyncio.run(measure_modes(words.parse_args().mode or ("polling", "webhook")))
    print("\n".join(format_report(found)))


if __name__ == "__main__":
    main()
