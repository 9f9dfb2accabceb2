"""Commands about subscribers: list, add, import, export, erase."""

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.core import Core, opened
from digest.app.roster import COLUMNS, Row, as_row, enrol_row, read_rows, target_of
from digest.cli.frame import chosen_domains, note, out, progress_on, run, start_of
from digest.clock import system_clock
from digest.errors import BadRequest
from digest.hours import minute_of
from digest.membership import Choice, normal_address
from digest.model import Channel, EndpointState, Locale, Reader, Target
from digest.words import words_in


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    room = typer.Typer(help="Subscribers: list, add, import, export, erase.", no_args_is_help=True)
    room.command("list")(list_)
    room.command()(add)
    room.command("import")(import_)
    room.command()(export)
    room.command()(erase)
    cli.add_typer(room, name="subscribers")


def list_(context: typer.Context) -> None:
    """List subscribers with what they chose and their next turn."""
    run(_list(context))


async def _list(context: typer.Context) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        readers = await core.store.people.readers()
    table = Table("id", "where", "domains", "when", "language", "next")
    for reader in readers:
        chosen = reader.preferences
        table.add_row(
            str(reader.subscriber.id),
            ", ".join(_place(reader)),
            "everything" if chosen.domains is None else ", ".join(chosen.domains) or "nothing",
            f"{chosen.rhythm} {words_in(Locale.EN).hour(chosen.minute)} {chosen.zone}",
            chosen.locale,
            _next(reader),
        )
    out().print(
        table if readers else "no subscribers yet; `subscribers add --email ann@example.org` adds one"
    )


def _place(reader: Reader) -> Iterable[str]:
    for endpoint in reader.endpoints:
        state = "" if endpoint.state is EndpointState.ACTIVE else f" ({endpoint.state})"
        yield f"{endpoint.target.channel}:{endpoint.target.address}{state}"


def _next(reader: Reader) -> str:
    at = reader.subscriber.next_at
    if at is None:
        return "paused" if reader.subscriber.paused else "–"
    return words_in(Locale.EN).moment(at, reader.preferences.zone)


def add(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="An address; no confirmation mail is sent.")] = None,
    telegram: Annotated[int | None, typer.Option(help="A chat's numeric id.")] = None,
    domain: Annotated[list[str] | None, typer.Option(help="Repeat for more; without: everything.")] = None,
    at: Annotated[str | None, typer.Option(help="The hour, like 08:00.")] = None,
    tz: Annotated[str | None, typer.Option(help="The time zone, like Europe/Berlin.")] = None,
    locale: Annotated[Locale | None, typer.Option(help="The language.")] = None,
) -> None:
    """Add a subscriber, or domains to one who is there."""
    targets = [
        *([Target.telegram(telegram)] if telegram is not None else []),
        *([Target.email(normal_address(email))] if email is not None else []),
    ]
    if not targets:
        raise BadRequest("say where: --email ann@example.org, --telegram 42, or both")
    choice = Choice()
    if at is not None:
        choice["minute"] = minute_of(at)
    if tz is not None:
        choice["zone"] = tz
    if locale is not None:
        choice["locale"] = locale
    run(_add(context, targets, domain or [], choice))


async def _add(context: typer.Context, targets: list[Target], words: list[str], choice: Choice) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        reader = await core.membership.enrol(targets, chosen_domains(core.taxonomy, words), **choice)
    follows = reader.preferences.domains
    out().print(
        f"subscriber {reader.subscriber.id}: {', '.join(_place(reader))} · "
        f"{'everything' if follows is None else ', '.join(follows)} · next {_next(reader)}",
        markup=False,
        highlight=False,
    )


def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Option("--out", help="Without: standard output.")] = None,
) -> None:
    """Write all subscribers as CSV, as import reads it."""
    text = run(_export(context))
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"{file}: {error.strerror}") from error


async def _export(context: typer.Context) -> str:
    async with opened(start_of(context).settings(), system_clock) as core:
        readers = await core.store.people.readers()
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    for reader in readers:
        table.writerows(as_row(reader, endpoint) for endpoint in reader.endpoints)
    return written.getvalue()


def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with at least the columns channel and address.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and change nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Add the subscribers of a CSV file; who is known stays as they are."""
    try:
        rows = read_rows(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{file}: cannot be read as UTF-8 text") from error
    run(_import(context, rows, dry_run=dry_run))


async def _import(context: typer.Context, rows: list[Row], *, dry_run: bool) -> None:
    taken = 0
    async with opened(start_of(context).settings(), system_clock) as core:
        for row in progress_on(rows, "subscribers"):
            why_not = await enrol_row(core, row, dry_run=dry_run)
            taken += why_not is None
            if why_not:
                note(f"line {row.line}: {why_not}")
    out().print(f"{taken} of {len(rows)} subscribers {'would be taken' if dry_run else 'taken'}")


def erase(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="Whose address this is.")] = None,
    telegram: Annotated[int | None, typer.Option(help="Whose chat this is.")] = None,
) -> None:
    """Erase a subscriber with everything that names them."""
    if (email is None) == (telegram is None):
        raise BadRequest("say who: --email ann@example.org or --telegram 42")
    target = (
        target_of(Channel.EMAIL, email) if email is not None else target_of(Channel.TELEGRAM, str(telegram))
    )
    run(_erase(context, target))


async def _erase(context: typer.Context, target: Target) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        await _forget(core, target)
    out().print("erased")


async def _forget(core: Core, target: Target) -> None:
    if not await core.membership.forget(target):
        raise BadRequest(f"no subscriber at {target.channel}:{target.address}")
