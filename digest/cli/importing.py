"""The command that takes subscribers in from a CSV file: subscribers import."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from digest.app.core import opened
from digest.app.roster import End, Sheet, Standing, Verdict, enrolment_on, harmless, read_sheet
from digest.cli.frame import note, out, run, start_of
from digest.clock import system_clock
from digest.errors import BadRequest
from digest.private_files import open_private_text

MOST_NAMED = 10
"""How many rows that were not taken are told one by one."""

MOST_UNCLEAR = 5
"""How many unknown words of a state are told, the most frequent first."""

_DRY = {End.TAKEN: "would be taken", End.KNOWN: "known", End.NOT_TAKEN: "would not be taken"}


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, of ours or of another newsletter tool.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and change nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what became of each row, as CSV.")
    ] = None,
) -> None:
    """Add the subscribers of a CSV file; who is known stays, who has left is not brought back."""
    try:
        sheet = read_sheet(file.read_bytes(), file_name=file.name)
    except OSError as error:
        raise BadRequest(f"{file}: cannot be read ({error.strerror})") from error
    except BadRequest as error:
        raise BadRequest(f"{file}: {error}") from error
    for one in sheet.notes:
        note(f"{file}: {one}")
    with _written(report) as into:
        run(_import(context, sheet, _Account(dry_run=dry_run, rows=len(sheet.rows), report=into)))


async def _import(context: typer.Context, sheet: Sheet, account: "_Account") -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        enrolment = await enrolment_on(core, dry_run=account.dry_run)
        try:
            with _bar() as bar:
                task = bar.add_task("subscribers", total=account.rows)
                async for verdicts in enrolment.take(sheet):
                    account.add(verdicts)
                    bar.update(task, completed=account.done)
        finally:
            account.close()


@contextmanager
def _written(report: Path | None) -> Iterator[TextIO | None]:
    """Give the file that the report goes to, before anything was changed."""
    if report is None:
        yield None
        return
    try:
        with open_private_text(report) as into:
            yield into
    except OSError as error:
        raise BadRequest(f"{report}: {error.strerror}") from error


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def rows_of(count: int) -> str:
    """Return ``1 row``, or ``5 rows``."""
    return f"{count} row{'' if count == 1 else 's'}"


@dataclass(slots=True, kw_only=True)
class _Account:
    """What became of the rows so far."""

    dry_run: bool
    rows: int
    report: TextIO | None
    done: int = 0
    counts: Counter[tuple[End, str]] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    unclear: Counter[str] = field(default_factory=Counter)

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Count verdicts, and write them into the report."""
        writer = csv.writer(self.report, lineterminator="\n") if self.report else None
        if writer and not self.done:
            writer.writerow(("line", "address", "verdict", "reason"))
        self.done += len(verdicts)
        for one in verdicts:
            self.counts[one.end, one.reason] += 1
            if one.reason == Standing.UNCLEAR:
                self.unclear[one.detail] += 1
            why = ": ".join(filter(None, (one.reason, one.detail)))
            if one.end is End.NOT_TAKEN and len(self.named) < MOST_NAMED:
                self.named.append(f"line {one.line}: {one.address or 'no address'}: {why}")
            if writer:
                end = _DRY[one.end] if self.dry_run else one.end
                writer.writerow((one.line, harmless(one.address), end, harmless(why)))

    def close(self) -> None:
        """Tell how it went, to its end or to where it was stopped."""
        for line in self.named:
            note(line)
        left_out = self._count(End.NOT_TAKEN)
        if left_out > len(self.named):
            note(f"and {left_out - len(self.named)} more; --report FILE names every row")
        for said, count in self.unclear.most_common(MOST_UNCLEAR):
            note(
                f"{said} in {rows_of(count)} tells neither that people get the list nor that they left; "
                "write subscribed there for those who do, and import again"
            )
        table = Table("verdict", "reason", "rows")
        table.columns[2].justify = "right"
        for (end, reason), count in sorted(
            self.counts.items(), key=lambda one: (list(End).index(one[0][0]), -one[1])
        ):
            table.add_row(_DRY[end] if self.dry_run else end, reason, str(count))
        out().print(table)
        if self.done < self.rows:
            note(f"stopped after {self.done} of {self.rows} rows; the same command again goes on")
        taken = "would be taken" if self.dry_run else "taken"
        out().print(f"{self._count(End.TAKEN)} of {self.rows} subscribers {taken}")

    def _count(self, end: End) -> int:
        return sum(count for (one, _), count in self.counts.items() if one is end)
