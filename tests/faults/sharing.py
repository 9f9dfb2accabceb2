"""F3 and F6: more than one process on one database, one of them frozen for longer than its lease."""

import asyncio
import signal
import sqlite3
import time
from contextlib import AsyncExitStack, suppress

from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import CONNECTIONS, PATIENCE
from tests.faults.process import CHILD, Program, finished, running, settled
from tests.faults.score import Promises, Result, judge
from tests.faults.sink import Sink

WATCH = (
    "CREATE TABLE campaign_history (id INTEGER, was TEXT, was_owner TEXT, became TEXT, became_owner TEXT)",
    """
    CREATE TRIGGER campaign_watch AFTER UPDATE OF state ON outbox BEGIN
        INSERT INTO campaign_history VALUES (old.id, old.state, old.owner, new.state, new.owner);
    END
    """,
)
"""The database itself notes every change of a state, whoever makes it."""

ARROWS = frozenset(
    {
        ("due", "leased"),
        ("leased", "sending"),
        ("leased", "due"),
        ("leased", "refused"),
        ("sending", "leased"),
        ("sending", "sent"),
        ("sending", "due"),
        ("sending", "uncertain"),
        ("sending", "gone"),
        ("sending", "refused"),
    }
)
"""The changes that couriers may make; whatever had ended stays as it is."""

FREEZE_AT = 40
IN_FLIGHT = 8
"""How many messages at least are on their way, taken and not answered, when a sender freezes."""


async def frozen(run: Run) -> Result:
    """F3: a sender stops for two leases while another goes on, and then wakes."""
    lease, pace = run.pick(small=4, full=60), 0.25 if run.size == "small" else 1.0
    units = run.pick(small=200, full=3000)
    promises = Promises()
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        sink.fastest = sink.slowest = pace
        place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.crowd(units)
        await place.broadcast()
        for sql in WATCH:
            place.write(sql)
        sender = (*CHILD, "--lease", str(lease))
        async with running(place, sender) as first, AsyncExitStack() as later:
            await sink.reach(FREEZE_AT, within=PATIENCE)
            sink.hold()
            promises.hold(await sink.holds(IN_FLIGHT, within=PATIENCE), "too little was in flight: no test")
            await freeze(first, place)
            sink.let_go()
            second = await later.enter_async_context(running(place, sender))
            await asyncio.sleep(2 * lease + 1)
            doubts = await _taken_over(place)
            promises.hold(doubts > 0, "nobody took over what the frozen sender had begun")
            promises.hold(doubts <= CONNECTIONS, f"{doubts} of the frozen sender's are uncertain")
            thawed, seen = time.monotonic(), sink.accepted
            first.send(signal.SIGCONT)
            await sink.reach(min(seen + 1, units), within=lease)
            recovered = time.monotonic() - thawed
            promises.hold(await settled(place, within=PATIENCE * 3), "not everything was settled")
            for program in (first, second):
                promises.hold(await program.stop() == 0, "a sender did not end well")
        wrong = _wrong_changes(place)
        promises.hold(not wrong, f"a stale owner wrote: {wrong[:3]}")
        score = judge(everybody, sink.arrivals, place.rows, recovered=recovered)
    what = f"one of two senders frozen for two leases of {lease} s"
    # On a busy machine a lease of seconds may be lost by a sender that is awake, too, and again.
    most = run.pick(small=units, full=CONNECTIONS)
    return promises.of("F3", what, score, most_uncertain=most)


async def two_services(run: Run) -> Result:
    """F6: a second service on the same file ends with one line; ``tick`` beside a service is safe."""
    units = run.pick(small=150, full=3000)
    promises = Promises()
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        sink.fastest = sink.slowest = 0.1
        place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.crowd(units)
        await place.broadcast()
        async with running(place) as first, running(place) as second:
            starts = [asyncio.create_task(one.says("running;", within=PATIENCE)) for one in (first, second)]
            await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
            code, words = await finished(place, ("bot.py", "tick"), within=PATIENCE)
            promises.hold(code == 0, f"tick beside a service ended with {code}: {words[-200:]}")
            ends = [asyncio.create_task(one.child.wait()) for one in (first, second)]
            done, _ = await asyncio.wait(ends, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            promises.hold(len(done) == 1 and done.pop().result() == 1, "not one of the two ended with 1")
            refused = second if first.child.returncode is None else first
            line = refused.words.strip().splitlines()[-1:] or [""]
            promises.hold("another Paper Digest" in line[0], f"its last line is {line[0]!r}")
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            stays = first if refused is second else second
            await asyncio.gather(*starts)
            promises.hold(await stays.stop() == 0, "the service did not end well")
        score = judge(everybody, sink.arrivals, place.rows)
    return promises.of("F6", "two services and a tick on one file", score)


async def freeze(program: Program, place: Ground) -> None:
    """Stop a program with mail in flight, between two commits: inside one it holds SQLite's lock."""
    while True:
        program.send(signal.SIGSTOP)
        if await asyncio.to_thread(_is_free, place) and await asyncio.to_thread(_in_flight, place):
            return
        program.send(signal.SIGCONT)
        await asyncio.sleep(0.03)


def _in_flight(place: Ground) -> bool:
    """Tell whether something is being sent."""
    return bool(place.ask("SELECT count(*) FROM outbox WHERE state = 'sending'")[0][0])


def _is_free(place: Ground) -> bool:
    """Tell whether somebody could write now."""
    try:
        place.write("UPDATE endpoints SET address = address WHERE id = 0", wait=0.5)
    except sqlite3.OperationalError:
        return False
    return True


async def _taken_over(place: Ground) -> int:
    """Wait until the other sender has found the dead leases, however slow this machine is; count doubts."""
    asked = "SELECT count(*) FROM outbox WHERE state = 'uncertain'"
    doubts = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not doubts:
                await asyncio.sleep(0.1)
                doubts = int(str((await asyncio.to_thread(place.ask, asked))[0][0]))
    return doubts


def _wrong_changes(place: Ground) -> list[tuple[object, ...]]:
    """Give changes that no arrow allows, or that were made of what somebody else held."""
    changes = place.ask("SELECT id, was, was_owner, became, became_owner FROM campaign_history")
    return [
        change
        for change in changes
        if (change[1], change[3]) not in ARROWS or (change[2] and change[4] and change[2] != change[4])
    ]
