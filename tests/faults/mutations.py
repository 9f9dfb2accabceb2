"""The campaign's own test: each safeguard is taken out of a copy of the program, and its row must fail."""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.child_process import ROOT

COPIED_PATHS = ("bot.py", "digest", "templates", "seeds", "tests")
IGNORED_PATHS = shutil.ignore_patterns("golden*", "*.pyc.*")
"""A ``.pyc`` with more to its name is one that another program is just writing."""
REVISION = "digest/storage/migrations/versions/0001_the_tables_of_the_first_release.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEdit:
    """Words of a file that stand there exactly ``count``, and what stands there instead."""

    file: str
    old: str
    new: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A safeguard taken out, the row that must notice, and the word by which it does."""

    name: str
    row: str
    symptom: str
    edits: tuple[CodeEdit, ...]


MUTATIONS = (
    Mutation(
        name="the intent mark: nothing is committed before the send",
        row="F1",
        symptom=" twice",
        edits=(
            CodeEdit(
                file="digest/services/delivery/worker.py",
                old="and await self.outbox.mark_sending(delivery.id, self.owner)",
                new="",
            ),
        ),
    ),
    Mutation(
        name="the fence: whoever comes may write",
        row="F3",
        symptom="a stale owner wrote",
        edits=(
            CodeEdit(
                file="digest/storage/outbox.py",
                old=".where(outbox.c.id == delivery, outbox.c.owner == owner)",
                new=".where(outbox.c.id == delivery)",
            ),
            CodeEdit(
                file="digest/storage/outbox.py",
                old=".where(outbox.c.id == delivery, outbox.c.owner == owner, outbox.c.state == state)",
                new=".where(outbox.c.id == delivery, outbox.c.state == state)",
            ),
        ),
    ),
    Mutation(
        name="the UNIQUE key of edition and endpoint",
        row="F16",
        symptom="two digests",
        edits=(
            CodeEdit(file="digest/storage/tables.py", old='    UniqueConstraint("key"),\n', new=""),
            CodeEdit(
                file="digest/storage/tables.py", old='    UniqueConstraint("edition_id", "endpoint_id"),\n', new=""
            ),
            CodeEdit(file=REVISION, old='sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),', new=""),
            CodeEdit(
                file=REVISION,
                old='sa.UniqueConstraint("edition_id", "endpoint_id", name=op.f("uq_outbox_edition_id_endpoint_id")),',
                new="",
            ),
        ),
    ),
    Mutation(
        name="the group commit: who waits is answered before it",
        row="F1",
        symptom="left without a mark",
        edits=(
            CodeEdit(
                file="digest/storage/database.py",
                old="                        await _run_job(job, connection, is_only_job=len(jobs) == 1)\n",
                new="                        await _run_job(job, connection, is_only_job=len(jobs) == 1)\n"
                "                        if not job.error:\n"
                "                            job.future.set_result(job.result)\n"
                "                    await asyncio.sleep(0.03)\n",
            ),
        ),
    ),
    Mutation(
        name="the look at who lives: whoever starts takes all others for dead",
        row="F29",
        symptom="in doubt",
        edits=(
            CodeEdit(
                file="digest/app/delivery.py",
                old="is_alive=lambda owner: senders.is_alive(sender_name_of(owner))",
                new="is_alive=lambda owner: False",
            ),
        ),
    ),
    Mutation(
        name="the look at the files: whatever happens to them is not seen",
        row="F30",
        symptom="exit code",
        edits=(CodeEdit(file="digest/storage/database.py", old="self._watch.identity.check()", new="pass"),),
    ),
)


async def run_mutation(mutation: Mutation, *, seed: int) -> tuple[bool, str]:
    """Run a mutation's row on a copy without its safeguard; tell whether it was noticed, and how."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="paper-digest-mutation-"))
    try:
        await asyncio.to_thread(_copy_program, folder)
        for cut in mutation.edits:
            _apply_edit(folder, cut)
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


def _copy_program(folder: Path) -> None:
    for name in COPIED_PATHS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=IGNORED_PATHS)
        else:
            shutil.copy(source, folder / name)


def find_misfits() -> list[str]:
    """Return what is wrong with the edits: each text must be in its file exactly as often as it says."""
    return [
        f"{edit.file}: {edit.old!r} stands there {found} times"
        for mutation in MUTATIONS
        for edit in mutation.edits
        if (found := (ROOT / edit.file).read_text(encoding="utf-8").count(edit.old)) != edit.count
    ]


def _apply_edit(folder: Path, edit: CodeEdit) -> None:
    file = folder / edit.file
    text = file.read_text(encoding="utf-8")
    if text.count(edit.old) != edit.count:
        raise AssertionError(f"{edit.file}: {edit.old!r} stands there {text.count(edit.old)} times")
    file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
