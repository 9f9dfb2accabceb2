"""F20: readers who leave between the claim and the send."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from digest.app.container import Container
from digest.app.delivery import build_renderer, new_sender_name
from digest.mail.sender import SmtpSender
from digest.model import Channel, Delivery, Target
from digest.model.clock import system_clock
from digest.model.message import RenderedEmail
from digest.model.reasons import Reason, ReasonCode
from digest.services.delivery import DeliveryWorker
from digest.services.delivery.renderer import DeliveryRenderer
from tests.faults.environment import CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.made_up_reports import report_bytes
from tests.faults.program import wait_until_settled
from tests.faults.score import CampaignResult, Promises, compute_score
from tests.faults.smtp_sink import SmtpSink

CONCURRENCY = 8
MAX_RENDER_SECONDS = 0.02
UNITS_PER_SECOND = 120
LEAVE_ACTIONS = ("unsubscribed", "paused", "erased", "blocked")


@dataclass(slots=True, kw_only=True)
class Race:
    """Readers who leave while their digests are on the way, and what began after they had left."""

    core: Container
    letters: DeliveryRenderer
    rng: Random
    units: dict[int, str] = field(default_factory=dict)
    left_by: dict[str, str] = field(default_factory=dict)
    sent_after_leaving: list[str] = field(default_factory=list)

    async def leave(self, unit: str, action: str, within: float) -> None:
        """Leave at a random moment."""
        await asyncio.sleep(self.rng.uniform(0, within))
        target, membership = Target.email(unit), self.core.subscriptions
        match action:
            case "unsubscribed":
                await membership.unsubscribe(target, None)
            case "paused":
                await membership.pause(target)
            case "erased":
                await membership.erase(target)
            case _:
                await membership.mark_unreachable(target, Reason(ReasonCode.BOT_BLOCKED))
        self.left_by[unit] = action

    async def render(self, delivery: Delivery) -> Sequence[RenderedEmail]:
        """Render slowly, so that there is time to leave between the claim and the send."""
        self.units[delivery.id] = delivery.target.address
        await asyncio.sleep(self.rng.uniform(0, MAX_RENDER_SECONDS))
        return await self.letters.render_email(delivery)

    async def mark_sending(self, delivery: int, owner: str) -> bool:
        """Ask the store for leave to send; note where it is given to somebody who has left before."""
        may = await self.core.store.outbox.mark_sending(delivery, owner)
        if may and self.units[delivery] in self.left_by:
            self.sent_after_leaving.append(self.units[delivery])
        return may

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the rest of the outbox as it is
        return getattr(self.core.store.outbox, name)


async def check_leaving_readers(run: CampaignRun) -> CampaignResult:
    """F20: who has unsubscribed, paused, been erased or blocked us gets at most what was in flight."""
    races = run.by_size(small=120, full=1000)
    promises = Promises()
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        everybody = await place.add_subscribers(races)
        place.execute("UPDATE subscribers SET next_digest_at = created_at")
        async with place.open_container() as core:
            today = system_clock().date()
            await core.archive.ingest(report_bytes(today, 3), name="today.md")
            await core.editions.queue_due_digests()
            race = Race(core=core, letters=build_renderer(core), rng=run.rng)
            courier = _build_worker(race, sink)
            sends = asyncio.create_task(courier.run())
            promises.check(await sink.wait_for_accepted(1, within=PROGRESS_TIMEOUT), "nothing was sent: no race")
            within = races / UNITS_PER_SECOND
            await asyncio.gather(*(race.leave(unit, run.rng.choice(LEAVE_ACTIONS), within) for unit in everybody))
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            courier.stop()
            await sends
            await courier.sender.close()
        erased = {unit for unit, how in race.left_by.items() if how == "erased"}
        rows = place.outbox_rows
        score = compute_score((unit for unit in everybody if unit not in erased), sink.arrivals, rows)
    promises.check(not race.sent_after_leaving, f"{len(race.sent_after_leaving)} begun after the reader had left")
    stopped = races - len({arrival.unit for arrival in sink.arrivals})
    promises.check(0 < stopped < races, f"{stopped} of {races} were stopped: no race")
    return promises.result("F20", f"{races} readers leave between claim and send ({stopped} stopped)", score)


def _build_worker(race: Race, sink: SmtpSink) -> DeliveryWorker[RenderedEmail]:
    outbox: Any = race
    return DeliveryWorker(
        channel=Channel.EMAIL,
        owner=new_sender_name(),
        outbox=outbox,
        sender=SmtpSender(sink.account, sender="digest@example.org", max_connections=CONCURRENCY),
        render=race.render,
        clock=system_clock,
        concurrency=CONCURRENCY,
    )
