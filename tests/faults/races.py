"""F20: readers who leave between the claim and the send."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from digest.app.core import Core
from digest.app.couriers import letters_for
from digest.app.letters import Letters
from digest.app.sending import new_owner
from digest.clock import system_clock
from digest.courier import Courier
from digest.deliver.smtp import SmtpPostbox
from digest.message import MailPart
from digest.model import Channel, Delivery, Target
from digest.reasons import Reason, ReasonCode
from tests.faults.ground import Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.paper_text import a_report
from tests.faults.process import settled
from tests.faults.score import Promises, Result, judge
from tests.faults.sink import Sink

WIDTH = 8
LONGEST_RENDER = 0.02
UNITS_A_SECOND = 120
LEAVING = ("unsubscribed", "paused", "erased", "blocked")


@dataclass(slots=True, kw_only=True)
class Race:
    """Readers who leave while their digests are on the way, and what began after they had left."""

    core: Core
    letters: Letters
    rng: Random
    units: dict[int, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    too_late: list[str] = field(default_factory=list)

    async def leave(self, unit: str, how: str, within: float) -> None:
        """Leave at a random moment."""
        await asyncio.sleep(self.rng.uniform(0, within))
        target, membership = Target.email(unit), self.core.membership
        match how:
            case "unsubscribed":
                await membership.unsubscribe(target, None)
            case "paused":
                await membership.pause(target)
            case "erased":
                await membership.forget(target)
            case _:
                await membership.left(target, Reason(ReasonCode.BOT_BLOCKED))
        self.left[unit] = how

    async def render(self, delivery: Delivery) -> Sequence[MailPart]:
        """Render slowly, so that there is time to leave between the claim and the send."""
        self.units[delivery.id] = delivery.target.address
        await asyncio.sleep(self.rng.uniform(0, LONGEST_RENDER))
        return await self.letters.as_mail(delivery)

    async def sending(self, delivery: int, owner: str) -> bool:
        """Ask the store for leave to send; note where it is given to somebody who has left before."""
        may = await self.core.store.outbox.sending(delivery, owner)
        if may and self.units[delivery] in self.left:
            self.too_late.append(self.units[delivery])
        return may

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the rest of the outbox as it is
        return getattr(self.core.store.outbox, name)


async def leaving(run: Run) -> Result:
    """F20: who has unsubscribed, paused, been erased or blocked us gets at most what was in flight."""
    races = run.pick(small=120, full=1000)
    promises = Promises()
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        everybody = await place.crowd(races)
        place.write("UPDATE subscribers SET next_digest_at = created_at")
        async with place.core() as core:
            today = system_clock().date()
            await core.archive.ingest(a_report(today, 3), name="today.md")
            await core.desk.serve()
            race = Race(core=core, letters=letters_for(core), rng=run.rng)
            courier = _courier(race, sink)
            sends = asyncio.create_task(courier.run())
            promises.hold(await sink.reach(1, within=PATIENCE), "nothing was sent: no race")
            within = races / UNITS_A_SECOND
            await asyncio.gather(*(race.leave(unit, run.rng.choice(LEAVING), within) for unit in everybody))
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            courier.stop()
            await sends
            await courier.postbox.close()
        erased = {unit for unit, how in race.left.items() if how == "erased"}
        rows = place.rows
        score = judge((unit for unit in everybody if unit not in erased), sink.arrivals, rows)
    promises.hold(not race.too_late, f"{len(race.too_late)} begun after the reader had left")
    stopped = races - len({arrival.unit for arrival in sink.arrivals})
    promises.hold(0 < stopped < races, f"{stopped} of {races} were stopped: no race")
    return promises.of("F20", f"{races} readers leave between claim and send ({stopped} stopped)", score)


def _courier(race: Race, sink: Sink) -> Courier[MailPart]:
    outbox: Any = race
    return Courier(
        channel=Channel.EMAIL,
        owner=new_owner(),
        outbox=outbox,
        postbox=SmtpPostbox(sink.account, sender="digest@example.org", connections=WIDTH),
        render=race.render,
        clock=system_clock,
        width=WIDTH,
    )
