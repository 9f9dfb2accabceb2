"""The campaign's own test: each safeguard is taken out of a copy of the program, and its row must fail."""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.children import ROOT

COPIED = ("bot.py", "digest", "templates", "seeds", "tests")
NOT_COPIED = shutil.ignore_patterns("golden*", "*.pyc.*")
"""A ``.pyc`` with more to its name is one that another program is just writing."""
REVISION = "digest/store/migrations/versions/0001_the_tables_of_the_first_release.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Words of a file that stand there exactly ``times``, and what stands there instead."""

    file: str
    words: str
    instead: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A safeguard taken out, the row that must notice, and the word by which it does."""

    name: str
    row: str
    symptom: str
    cuts: tuple[Cut, ...]


MUTATIONS = (
    Mutation(
        name="the intent mark: nothing is committed before the send",
        row="F1",
        symptom=" twice",
        cuts=(
            Cut(
                file="digest/courier/sending.py",
                words="and await self.outbox.sending(delivery.id, self.owner)",
                instead="",
            ),
        ),
    ),
    Mutation(
        name="the fence: whoever comes may write",
        row="F3",
        symptom="a stale owner wrote",
        cuts=(
            Cut(
                file="digest/store/outbox.py",
                words=".where(outbox.c.id == delivery, outbox.c.owner == owner)",
                instead=".where(outbox.c.id == delivery)",
            ),
            Cut(
                file="digest/store/outbox.py",
                words=".where(outbox.c.id == delivery, outbox.c.owner == owner, outbox.c.state == state)",
                instead=".where(outbox.c.id == delivery, outbox.c.state == state)",
            ),
        ),
    ),
    Mutation(
        name="the UNIQUE key of edition and endpoint",
        row="F16",
        symptom="two digests",
        cuts=(
            Cut(file="digest/store/tables/delivery.py", words='    UniqueConstraint("key"),\n', instead=""),
            Cut(
                file="digest/store/tables/delivery.py",
                words='    UniqueConstraint("edition_id", "endpoint_id"),\n',
                instead="",
            ),
            Cut(file=REVISION, words='sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),', instead=""),
            Cut(
                file=REVISION,
                words='sa.UniqueConstraint("edition_id", "endpoint_id", '
                'name=op.f("uq_outbox_edition_id_endpoint_id")),',
                instead="",
            ),
        ),
    ),
    Mutation(
        name="the group commit: who waits is answered before it",
        row="F1",
        symptom="left without a mark",
        cuts=(
            Cut(
                file="digest/store/database.py",
                words="                        await _run(job, connection, alone=len(jobs) == 1)\n",
                instead="                        await _run(job, connection, alone=len(jobs) == 1)\n"
                "                        if not job.error:\n"
                "                            job.done.set_result(job.result)\n"
                "                    await asyncio.sleep(0.03)\n",
            ),
        ),
    ),
    Mutation(
        name="the look at who lives: whoever starts takes all others for dead",
        row="F29",
        symptom="in doubt",
        cuts=(
            Cut(
                file="digest/app/sending.py",
                words="lives=lambda owner: senders.lives(sender_of(owner))",
                instead="lives=lambda owner: False",
            ),
        ),
    ),
    Mutation(
        name="the look at the files: whatever happens to them is not seen",
        row="F30",
        symptom="exit code",
        cuts=(
            Cut(
                file="digest/store/database.py",
                words="self._watch.identity.check()",
                instead="pass",
            ),
        ),
    ),
)


async def noticed(mutation: Mutation, *, seed: int) -> tuple[bool, str]:
    """Run a mutation's row on a copy without its safeguard; tell whether it was noticed, and how."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="paper-digest-mutation-"))
    try:
        await asyncio.to_thread(_copy, folder)
        for cut in mutation.cuts:
            _apply(folder, cut)
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults", "--rows", mutation.row, "--size", "small"),
            *("--seed", str(seed)),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await child.communicate()
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    said = out.decode()
    verdict = said.partition("BROKEN: ")[2].partition("\n")[0]
    return child.returncode == 1 and mutation.symptom in f" {verdict}", verdict or said[-2000:]


def _copy(folder: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=NOT_COPIED)
        else:
            shutil.copy(source, folder / name)


def _apply(folder: Path, cut: Cut) -> None:
    file = folder / cut.file
    text = file.read_text(encoding="utf-8")
    if text.count(cut.words) != cut.times:
        raise AssertionError(f"{cut.file}: {cut.words!r} stands there {text.count(cut.words)} times")
    file.write_text(text.replace(cut.words, cut.instead), encoding="utf-8")
