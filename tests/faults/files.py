"""F30: the database's files are deleted, replaced or damaged while the service has them open."""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.process import Program, running
from tests.faults.score import Arrival, Promises, Result, Score
from tests.faults.sink import Sink

CONNECTIONS = 4
PAGE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is done to the files; ``untouched``: the program must write nothing into the file after it."""

    name: str
    do: Callable[[Path, Path, Random], None]
    untouched: bool = False


def _delete(file: Path, _copy: Path, _rng: Random) -> None:
    file.unlink()


def _delete_all(file: Path, _copy: Path, _rng: Random) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def _move_over(file: Path, copy: Path, _rng: Random) -> None:
    copy.replace(file)


def _copy_over(file: Path, copy: Path, _rng: Random) -> None:
    shutil.copyfile(copy, file)


def _empty(file: Path, _copy: Path, _rng: Random) -> None:
    os.truncate(file, 0)


def _cut(file: Path, _copy: Path, _rng: Random) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _scratch(file: Path, _copy: Path, rng: Random) -> None:
    """Write noise over every third page behind the first."""
    with file.open("r+b") as pages:
        for page in range(1, file.stat().st_size // PAGE, 3):
            pages.seek(page * PAGE)
            pages.write(rng.randbytes(PAGE))


def _delete_log(file: Path, _copy: Path, _rng: Random) -> None:
    Path(f"{file}-wal").unlink()


def _replace_log(file: Path, _copy: Path, _rng: Random) -> None:
    other = Path(f"{file}-other")
    shutil.copyfile(f"{file}-wal", other)
    other.replace(f"{file}-wal")


FAULTS = (
    Fault(name="deleted", do=_delete),
    Fault(name="deleted with its log", do=_delete_all),
    Fault(name="another moved over it", do=_move_over, untouched=True),
    Fault(name="an older one copied over it", do=_copy_over, untouched=True),
    Fault(name="emptied", do=_empty, untouched=True),
    Fault(name="cut in half", do=_cut, untouched=True),
    Fault(name="scratched", do=_scratch, untouched=True),
    Fault(name="its log deleted", do=_delete_log),
    Fault(name="its log replaced", do=_replace_log),
)


async def taken_away(run: Run) -> Result:
    """F30: one line, exit 1, and nothing is sent that was not on its way."""
    promises = Promises()
    faults = FAULTS if run.size == "full" else run.rng.sample(FAULTS, 4)
    for first in range(0, len(faults), 3):
        some = faults[first : first + 3]
        await asyncio.gather(*(_one(run, promises, fault) for fault in some))
    what = f"files {'deleted, replaced, scratched' if run.size == 'full' else 'taken away'} while open"
    return promises.of("F30", what, Score(tried=len(faults)))


async def _one(run: Run, promises: Promises, fault: Fault) -> None:
    async with ground() as place, Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng) as sink:
        place.mail_to(sink.port, connections=CONNECTIONS)
        await place.crowd(200)
        await place.broadcast()
        copy = place.folder / "copy-of-the-database"
        await asyncio.to_thread(shutil.copyfile, place.database, copy)
        async with running(place) as service:
            await sink.reach(CONNECTIONS, within=PATIENCE)
            sink.hold()
            held = await sink.holds(CONNECTIONS, within=PATIENCE)
            promises.hold(held, f"{fault.name}: nothing was in flight: no test")
            fault.do(place.database, copy, run.rng)
            left = await asyncio.to_thread(_bytes, place.database)
            # What SQLite cannot see at once is found by reading the file through, however slow the machine.
            if "scratched" in fault.name:
                await asyncio.sleep(6)
            sent = list(sink.arrivals)
            sink.let_go()
            await _ends(service, promises, fault)
            _judge(promises, fault, sent, sink.arrivals, place, left)


async def _ends(service: Program, promises: Promises, fault: Fault) -> None:
    code = await service.ended(within=PATIENCE)
    promises.hold(code == 1, f"{fault.name}: exit code {code}")
    lines = service.words.strip().splitlines()
    told = [line for line in lines if "nothing more was sent" in line]
    promises.hold(len(told) == 1 and told == lines[-1:], f"{fault.name}: told as {lines[-2:]}")
    promises.hold("Traceback" not in service.words, f"{fault.name}: a traceback")


def _judge(
    promises: Promises,
    fault: Fault,
    sent: list[Arrival],
    arrivals: list[Arrival],
    place: Ground,
    left: bytes | None,
) -> None:
    more = len(arrivals) - len(sent)
    promises.hold(not more, f"{fault.name}: {more} sent after it")
    if fault.untouched:
        promises.hold(_bytes(place.database) == left, f"{fault.name}: the file was written to after it")


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None
