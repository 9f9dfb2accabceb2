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

from digest.app.cli.context import get_cli_context, info, run_async, stdout_console
from digest.app.container import open_container
from digest.app.subscriber_csv import (
    ConsentStatus,
    CsvFile,
    RowResult,
    RowStatus,
    build_importer,
    escape_formula,
    parse_csv,
)
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput
from digest.model.private_files import open_private_text

MAX_LISTED_ROWS = 10
"""How many rows that were not taken are told one by one."""

MAX_UNCLEAR_VALUES = 5
"""How many unknown words of a state are told, the most frequent first."""

_DRY_RUN_LABELS = {
    RowStatus.TAKEN: "would be taken",
    RowStatus.KNOWN: "known",
    RowStatus.NOT_TAKEN: "would not be taken",
}


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, of ours or of another newsletter tool.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and change nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what became of each row, as CSV.")] = None,
) -> None:
    """Add the subscribers of a CSV file; who is known stays, who has left is not brought back."""
    try:
        sheet = parse_csv(file.read_bytes(), file_name=file.name)
    except OSError as error:
        raise InvalidInput(f"{file}: cannot be read ({error.strerror})") from error
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error}") from error
    for one in sheet.notes:
        info(f"{file}: {one}")
    with _open_report(report) as into:
        run_async(_import(context, sheet, _ImportSummary(dry_run=dry_run, rows=len(sheet.rows), report=into)))


async def _import(context: typer.Context, csv_file: CsvFile, summary: "_ImportSummary") -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        enrolment = await build_importer(core, dry_run=summary.dry_run)
        try:
            with _build_progress() as bar:
                task = bar.add_task("subscribers", total=summary.rows)
                async for verdicts in enrolment.import_file(csv_file):
                    summary.add(verdicts)
                    bar.update(task, completed=summary.done)
        finally:
            summary.print_summary()


@contextmanager
def _open_report(report: Path | None) -> Iterator[TextIO | None]:
    """Return the file that the report goes to, before anything was changed."""
    if report is None:
        yield None
        return
    try:
        with open_private_text(report) as into:
            yield into
    except OSError as error:
        raise InvalidInput(f"{report}: {error.strerror}") from error


def _build_progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def format_row_count(count: int) -> str:
    """Return ``1 row``, or ``5 rows``."""
    return f"{count} row{'' if count == 1 else 's'}"


@dataclass(slots=True, kw_only=True)
class _ImportSummary:
    """What became of the rows so far."""

    dry_run: bool
    rows: int
    report: TextIO | None
    done: int = 0
    counts: Counter[tuple[RowStatus, str]] = field(default_factory=Counter)
    listed_rows: list[str] = field(default_factory=list)
    unclear_values: Counter[str] = field(default_factory=Counter)

    def add(self, results: Sequence[RowResult]) -> None:
        """Count verdicts, and write them into the report."""
        writer = csv.writer(self.report, lineterminator="\n") if self.report else None
        if writer and not self.done:
            writer.writerow(("line", "address", "verdict", "reason"))
        self.done += len(results)
        for one in results:
            self.counts[one.status, one.reason] += 1
            if one.reason == ConsentStatus.UNCLEAR:
                self.unclear_values[one.detail] += 1
            why = ": ".join(filter(None, (one.reason, one.detail)))
            if one.status is RowStatus.NOT_TAKEN and len(self.listed_rows) < MAX_LISTED_ROWS:
                self.listed_rows.append(f"line {one.line}: {one.address or 'no address'}: {why}")
            if writer:
                end = _DRY_RUN_LABELS[one.status] if self.dry_run else one.status
                writer.writerow((one.line, escape_formula(one.address), end, escape_formula(why)))

    def print_summary(self) -> None:
        """Tell how it went, to its end or to where it was stopped."""
        for line in self.listed_rows:
            info(line)
        left_out = self._count(RowStatus.NOT_TAKEN)
        if left_out > len(self.listed_rows):
            info(f"and {left_out - len(self.listed_rows)} more; --report FILE names every row")
        for said, count in self.unclear_values.most_common(MAX_UNCLEAR_VALUES):
            info(
                f"{said} in {format_row_count(count)} tells neither that people get the list nor that they left; "
                "write subscribed there for those who do, and import again"
            )
        table = Table("verdict", "reason", "rows")
        table.columns[2].justify = "right"
        for (end, reason), count in sorted(
            self.counts.items(), key=lambda one: (list(RowStatus).index(one[0][0]), -one[1])
        ):
            table.add_row(_DRY_RUN_LABELS[end] if self.dry_run else end, reason, str(count))
        stdout_console().print(table)
        if self.done < self.rows:
            info(f"stopped after {self.done} of {self.rows} rows; the same command again goes on")
        taken = "would be taken" if self.dry_run else "taken"
        stdout_console().print(f"{self._count(RowStatus.TAKEN)} of {self.rows} subscribers {taken}")

    def _count(self, status: RowStatus) -> int:
        return sum(count for (one, _), count in self.counts.items() if one is status)
