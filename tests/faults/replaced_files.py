"""F30: the database's files are deleted, replaced or damaged while the service has them open."""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import Program, run_program
from tests.faults.score import Arrival, CampaignResult, CampaignScore, Promises
from tests.faults.smtp_sink import SmtpSink

CONNECTIONS = 4
PAGE_SIZE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """What is done to the files; ``file_unchanged``.

    The program must write nothing into the file after it.
    """

    name: str
    apply: Callable[[Path, Path, Random], None]
    file_unchanged: bool = False


def _delete(file: Path, _copy: Path, _rng: Random) -> None:
    file.unlink()


def _delete_all(file: Path, _copy: Path, _rng: Random) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def _move_over(file: Path, copy: Path, _rng: Random) -> None:
    copy.replace(file)


def _copy_over(file: Path, copy: Path, _rng: Random) -> None:
    shutil.copyfile(copy, file)


def _truncate_to_zero(file: Path, _copy: Path, _rng: Random) -> None:
    os.truncate(file, 0)


def _truncate_to_half(file: Path, _copy: Path, _rng: Random) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _scramble(file: Path, _copy: Path, rng: Random) -> None:
    """Write noise over every third page behind the first."""
    with file.open("r+b") as pages:
        for page in range(1, file.stat().st_size // PAGE_SIZE, 3):
            pages.seek(page * PAGE_SIZE)
            pages.write(rng.randbytes(PAGE_SIZE))


def _delete_log(file: Path, _copy: Path, _rng: Random) -> None:
    Path(f"{file}-wal").unlink()


def _replace_log(file: Path, _copy: Path, _rng: Random) -> None:
    other = Path(f"{file}-other")
    shutil.copyfile(f"{file}-wal", other)
    other.replace(f"{file}-wal")


FAULTS = (
    FileFault(name="deleted", apply=_delete),
    FileFault(name="deleted with its log", apply=_delete_all),
    FileFault(name="another moved over it", apply=_move_over, file_unchanged=True),
    FileFault(name="an older one copied over it", apply=_copy_over, file_unchanged=True),
    FileFault(name="emptied", apply=_truncate_to_zero, file_unchanged=True),
    FileFault(name="cut in half", apply=_truncate_to_half, file_unchanged=True),
    FileFault(name="scratched", apply=_scramble, file_unchanged=True),
    FileFault(name="its log deleted", apply=_delete_log),
    FileFault(name="its log replaced", apply=_replace_log),
)


async def check_replaced_files(run: CampaignRun) -> CampaignResult:
    """F30: one line, exit 1, and nothing is sent that was not on its way."""
    promises = Promises()
    faults = FAULTS if run.size == "full" else run.rng.sample(FAULTS, 4)
    for first in range(0, len(faults), 3):
        some = faults[first : first + 3]
        await asyncio.gather(*(_check_fault(run, promises, fault) for fault in some))
    what = f"files {'deleted, replaced, scratched' if run.size == 'full' else 'taken away'} while open"
    return promises.result("F30", what, CampaignScore(total=len(faults)))


async def _check_fault(run: CampaignRun, promises: Promises, fault: FileFault) -> None:
    async with campaign_env() as place, SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng) as sink:
        place.use_smtp_server(sink.port, connections=CONNECTIONS)
        await place.add_subscribers(200)
        await place.queue_broadcast()
        copy = place.folder / "copy-of-the-database"
        await asyncio.to_thread(shutil.copyfile, place.database, copy)
        async with run_program(place) as service:
            await sink.wait_for_accepted(CONNECTIONS, within=PROGRESS_TIMEOUT)
            sink.pause_replies()
            held = await sink.wait_for_held(CONNECTIONS, within=PROGRESS_TIMEOUT)
            promises.check(held, f"{fault.name}: nothing was in flight: no test")
            fault.apply(place.database, copy, run.rng)
            left = await asyncio.to_thread(_read_bytes, place.database)
            # What SQLite cannot see at once is found by reading the file through, however slow the machine.
            if "scratched" in fault.name:
                await asyncio.sleep(6)
            sent = list(sink.arrivals)
            sink.resume_replies()
            await _check_exit(service, promises, fault)
            _check_file(promises, fault, sent, sink.arrivals, place, left)


async def _check_exit(service: Program, promises: Promises, fault: FileFault) -> None:
    code = await service.wait_for_exit(within=PROGRESS_TIMEOUT)
    promises.check(code == 1, f"{fault.name}: exit code {code}")
    lines = service.output.strip().splitlines()
    told = [line for line in lines if "nothing more was sent" in line]
    promises.check(len(told) == 1 and told == lines[-1:], f"{fault.name}: told as {lines[-2:]}")
    promises.check("Traceback" not in service.output, f"{fault.name}: a traceback")


def _check_file(
    promises: Promises,
    fault: FileFault,
    sent: list[Arrival],
    arrivals: list[Arrival],
    env: CampaignEnv,
    left: bytes | None,
) -> None:
    more = len(arrivals) - len(sent)
    promises.check(not more, f"{fault.name}: {more} sent after it")
    if fault.file_unchanged:
        promises.check(_read_bytes(env.database) == left, f"{fault.name}: the file was written to after it")


def _read_bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None
