"""Commands about subscribers: list, add, import, export, erase."""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from digest.app.cli.context import async_command, info, open_use_cases, parse_domain_options, print_line, stdout_console
from digest.app.container import Container
from digest.app.subscriber_csv import (
    COLUMNS,
    ConsentStatus,
    CsvFile,
    RowResult,
    RowStatus,
    build_csv_row,
    build_importer,
    escape_formula,
    parse_csv,
)
from digest.model import EndpointState, Locale, PreferenceChanges, SubscriberProfile, Target
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.model.private_files import open_private_text, write_private
from digest.services.schedule import known_timezones, parse_time
from digest.text.i18n import translator_for


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    group = typer.Typer(help="Subscribers: list, add, import, export, erase.", no_args_is_help=True)
    group.command("list")(list_)
    group.command()(add)
    group.command("import")(import_)
    group.command()(export)
    group.command()(erase)
    cli.add_typer(group, name="subscribers")


@async_command
async def list_(context: typer.Context) -> None:
    """List subscribers with their preferences and their next digest."""
    async with open_use_cases(context) as container:
        profiles = await container.store.subscribers.list_profiles()
    table = Table("id", "where", "domains", "when", "language", "next")
    for profile in profiles:
        chosen = profile.preferences
        table.add_row(
            str(profile.subscriber.id),
            ", ".join(_format_endpoints(profile)),
            "everything" if chosen.domains is None else ", ".join(chosen.domains) or "nothing",
            f"{chosen.frequency} {translator_for(Locale.EN).format_time(chosen.send_minute)} {chosen.timezone}",
            chosen.locale,
            _format_next_digest(profile),
        )
    stdout_console().print(
        table if profiles else "no subscribers yet; `subscribers add --email ann@example.org` adds one"
    )


def _format_endpoints(profile: SubscriberProfile) -> Iterable[str]:
    for endpoint in profile.endpoints:
        state = "" if endpoint.state is EndpointState.ACTIVE else f" ({endpoint.state})"
        yield f"{endpoint.target.channel}:{endpoint.target.address}{state}"


def _format_next_digest(profile: SubscriberProfile) -> str:
    at = profile.subscriber.next_digest_at
    if at is None:
        return "paused" if profile.subscriber.paused else "–"
    return translator_for(Locale.EN).format_datetime(at, profile.preferences.timezone)


@async_command
async def add(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="An address; no confirmation mail is sent.")] = None,
    telegram: Annotated[int | None, typer.Option(help="A chat's numeric id.")] = None,
    domain: Annotated[list[str] | None, typer.Option(help="Repeat for more; without: everything.")] = None,
    at: Annotated[str | None, typer.Option(help="The hour, like 08:00.")] = None,
    tz: Annotated[str | None, typer.Option(help="The time zone, like Europe/Berlin.")] = None,
    locale: Annotated[Locale | None, typer.Option(help="The language.")] = None,
) -> None:
    """Add a subscriber, or domains to an existing one."""
    targets = [
        *([Target.telegram(telegram)] if telegram is not None else []),
        *([_parse_email(email)] if email is not None else []),
    ]
    if not targets:
        raise typer.BadParameter("say where: --email ann@example.org, --telegram 42, or both")
    changes = PreferenceChanges()
    if at is not None:
        changes["send_minute"] = _parse_time_option(at)
    if tz is not None:
        changes["timezone"] = _parse_timezone(tz)
    if locale is not None:
        changes["locale"] = locale
    async with open_use_cases(context) as container:
        domains = parse_domain_options(container.taxonomy, domain or [])
        profile = await container.subscriptions.add_subscriber(targets, domains, **changes)
    follows = profile.preferences.domains
    print_line(
        f"subscriber {profile.subscriber.id}: {', '.join(_format_endpoints(profile))} · "
        f"{'everything' if follows is None else ', '.join(follows)} · next {_format_next_digest(profile)}"
    )


def _parse_email(text: str) -> Target:
    try:
        return Target.email(normalize_email(text))
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="--email") from error


def _parse_time_option(text: str) -> int:
    try:
        return parse_time(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error


def _parse_timezone(text: str) -> str:
    if text not in known_timezones():
        raise typer.BadParameter(f"{text!r} is no time zone like Europe/Berlin", param_hint="--tz")
    return text


@async_command
async def export(
    context: typer.Context, file: Annotated[Path | None, typer.Option("--out", help="Without: standard output.")] = None
) -> None:
    """Write all subscribers as CSV, in the format that import reads."""
    async with open_use_cases(context) as container:
        profiles = await container.store.subscribers.list_profiles()
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    for profile in profiles:
        table.writerows(build_csv_row(profile, endpoint) for endpoint in profile.endpoints)
    text = written.getvalue()
    if file is None:
        sys.stdout.write(text)
        return
    try:
        write_private(file, text.encode())
    except OSError as error:
        raise InvalidInput(f"{file}: {error.strerror}") from error


@async_command
async def erase(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="Whose address this is.")] = None,
    telegram: Annotated[int | None, typer.Option(help="Whose chat this is.")] = None,
) -> None:
    """Erase a subscriber with everything that names them."""
    if (email is None) == (telegram is None):
        raise typer.BadParameter("say who: --email ann@example.org or --telegram 42")
    target = _parse_email(email) if email is not None else Target.telegram(telegram or 0)
    async with open_use_cases(context) as container:
        erased = await container.subscriptions.erase(target)
    if not erased:
        raise InvalidInput(f"no subscriber at {target.channel}:{target.address}")
    print_line("erased")


MAX_LISTED_ROWS = 10
"""How many rows that were not taken are told one by one."""

MAX_UNCLEAR_VALUES = 5
"""How many unknown words of a state are told, the most frequent first."""

_DRY_RUN_LABELS = {
    RowStatus.TAKEN: "would be taken",
    RowStatus.KNOWN: "known",
    RowStatus.NOT_TAKEN: "would not be taken",
}


@async_command
async def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, of ours or of another newsletter tool.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and change nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what became of each row, as CSV.")] = None,
) -> None:
    """Add the subscribers of a CSV file; who is known stays, who has left is not brought back."""
    try:
        csv_file = parse_csv(file.read_bytes(), file_name=file.name)
    except OSError as error:
        raise InvalidInput(f"{file}: cannot be read ({error.strerror})") from error
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error}") from error
    for one in csv_file.notes:
        info(f"{file}: {one}")
    async with open_use_cases(context) as container:
        with _open_report(report) as report_file:
            summary = _ImportSummary(dry_run=dry_run, rows=len(csv_file.rows), report=report_file)
            await _import(container, csv_file, summary)


async def _import(container: Container, csv_file: CsvFile, summary: "_ImportSummary") -> None:
    importer = await build_importer(container, dry_run=summary.dry_run)
    try:
        with _build_progress() as bar:
            task = bar.add_task("subscribers", total=summary.rows)
            async for results in importer.import_file(csv_file):
                summary.add(results)
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
        """Print how the import went, to its end or to where it was stopped."""
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
