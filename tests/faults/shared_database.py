"""F3 and F6: more than one process on one database, one of them frozen for longer than its lease."""

import asyncio
import signal
import sqlite3
import time
from contextlib import AsyncExitStack, suppress

from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS, PROGRESS_TIMEOUT
from tests.faults.program import FAULTY_SENDER_ARGS, Program, run_program, run_to_exit, wait_until_settled
from tests.faults.score import CampaignResult, Promises, compute_score
from tests.faults.smtp_sink import SmtpSink

HISTORY_TRIGGERS = (
    "CREATE TABLE campaign_history (id INTEGER, was TEXT, was_owner TEXT, became TEXT, became_owner TEXT)",
    """
    CREATE TRIGGER campaign_watch AFTER UPDATE OF state ON outbox BEGIN
        INSERT INTO campaign_history VALUES (old.id, old.state, old.owner, new.state, new.owner);
    END
    """,
)
"""The database itself notes every change of a state, whoever makes it."""

ALLOWED_TRANSITIONS = frozenset(
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


async def check_frozen_sender(run: CampaignRun) -> CampaignResult:
    """F3: a sender stops for two leases while another goes on, and then wakes."""
    lease, pace = run.by_size(small=4, full=60), 0.25 if run.size == "small" else 1.0
    units = run.by_size(small=200, full=3000)
    promises = Promises()
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        sink.min_delay = sink.max_delay = pace
        place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.add_subscribers(units)
        await place.queue_broadcast()
        for sql in HISTORY_TRIGGERS:
            place.execute(sql)
        sender = (*FAULTY_SENDER_ARGS, "--lease", str(lease))
        async with run_program(place, sender) as first, AsyncExitStack() as later:
            await sink.wait_for_accepted(FREEZE_AT, within=PROGRESS_TIMEOUT)
            sink.pause_replies()
            promises.check(
                await sink.wait_for_held(IN_FLIGHT, within=PROGRESS_TIMEOUT), "too little was in flight: no test"
            )
            await freeze(first, place)
            sink.resume_replies()
            second = await later.enter_async_context(run_program(place, sender))
            await asyncio.sleep(2 * lease + 1)
            doubts = await _wait_for_takeover(place)
            promises.check(doubts > 0, "nobody took over what the frozen sender had begun")
            promises.check(doubts <= CONNECTIONS, f"{doubts} of the frozen sender's are uncertain")
            thawed, seen = time.monotonic(), sink.accepted_count
            first.send_signal(signal.SIGCONT)
            await sink.wait_for_accepted(min(seen + 1, units), within=lease)
            recovered = time.monotonic() - thawed
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT * 3), "not everything was settled")
            for program in (first, second):
                promises.check(await program.stop() == 0, "a sender did not end well")
        wrong = _invalid_transitions(place)
        promises.check(not wrong, f"a stale owner wrote: {wrong[:3]}")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows, recovery_seconds=recovered)
    what = f"one of two senders frozen for two leases of {lease} s"
    # On a busy machine a lease of seconds may be lost by a sender that is awake, too, and again.
    most = run.by_size(small=units, full=CONNECTIONS)
    return promises.result("F3", what, score, max_uncertain=most)


async def check_two_services(run: CampaignRun) -> CampaignResult:
    """F6: a second service on the same file ends with one line; ``tick`` beside a service is safe."""
    units = run.by_size(small=150, full=3000)
    promises = Promises()
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        sink.min_delay = sink.max_delay = 0.1
        place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.add_subscribers(units)
        await place.queue_broadcast()
        async with run_program(place) as first, run_program(place) as second:
            starts = [
                asyncio.create_task(one.wait_for_output("running;", within=PROGRESS_TIMEOUT)) for one in (first, second)
            ]
            await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
            code, words = await run_to_exit(place, ("bot.py", "tick"), within=PROGRESS_TIMEOUT)
            promises.check(code == 0, f"tick beside a service ended with {code}: {words[-200:]}")
            ends = [asyncio.create_task(one.child.wait()) for one in (first, second)]
            done, _ = await asyncio.wait(ends, timeout=PROGRESS_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
            promises.check(len(done) == 1 and done.pop().result() == 1, "not one of the two ended with 1")
            refused = second if first.child.returncode is None else first
            line = refused.output.strip().splitlines()[-1:] or [""]
            promises.check("another Paper Digest" in line[0], f"its last line is {line[0]!r}")
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            stays = first if refused is second else second
            await asyncio.gather(*starts)
            promises.check(await stays.stop() == 0, "the service did not end well")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows)
    return promises.result("F6", "two services and a tick on one file", score)


async def freeze(program: Program, env: CampaignEnv) -> None:
    """Stop a program with mail in flight, between two commits: inside one it holds SQLite's lock."""
    while True:
        program.send_signal(signal.SIGSTOP)
        if await asyncio.to_thread(_is_writable, env) and await asyncio.to_thread(_is_sending, env):
            return
        program.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.03)


def _is_sending(env: CampaignEnv) -> bool:
    """Return whether something is being sent."""
    return bool(env.query("SELECT count(*) FROM outbox WHERE state = 'sending'")[0][0])


def _is_writable(env: CampaignEnv) -> bool:
    """Return whether somebody could write now."""
    try:
        env.execute("UPDATE endpoints SET address = address WHERE id = 0", lock_timeout=0.5)
    except sqlite3.OperationalError:
        return False
    return True


async def _wait_for_takeover(env: CampaignEnv) -> int:
    """Wait until the other sender has found the dead leases, however slow this machine is; count doubts."""
    asked = "SELECT count(*) FROM outbox WHERE state = 'uncertain'"
    doubts = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(PROGRESS_TIMEOUT):
            while not doubts:
                await asyncio.sleep(0.1)
                doubts = int(str((await asyncio.to_thread(env.query, asked))[0][0]))
    return doubts


def _invalid_transitions(env: CampaignEnv) -> list[tuple[object, ...]]:
    """Return changes that no arrow allows, or that were made of what somebody else held."""
    changes = env.query("SELECT id, was, was_owner, became, became_owner FROM campaign_history")
    return [
        change
        for change in changes
        if (change[1], change[3]) not in ALLOWED_TRANSITIONS or (change[2] and change[4] and change[2] != change[4])
    ]
