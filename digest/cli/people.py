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
from digest.app.roster import COLUMNS, as_row
from digest.cli.frame import chosen_domains, out, run, start_of
from digest.cli.importing import import_
from digest.clock import system_clock
from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.hours import known_zones, minute_of
from digest.membership import Choice
from digest.model import EndpointState, Locale, Reader, Target
from digest.private_files import write_private
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
        *([_mailbox(email)] if email is not None else []),
    ]
    if not targets:
        raise typer.BadParameter("say where: --email ann@example.org, --telegram 42, or both")
    choice = Choice()
    if at is not None:
        choice["minute"] = _minute(at)
    if tz is not None:
        choice["zone"] = _zone(tz)
    if locale is not None:
        choice["locale"] = locale
    run(_add(context, targets, domain or [], choice))


def _mailbox(text: str) -> Target:
    try:
        return Target.email(normal_address(text))
    except BadRequest as error:
        raise typer.BadParameter(str(error), param_hint="--email") from error


def _minute(text: str) -> int:
    try:
        return minute_of(text)
    except BadRequest as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error


def _zone(text: str) -> str:
    if text not in known_zones():
        raise typer.BadParameter(f"{text!r} is no time zone like Europe/Berlin", param_hint="--tz")
    return text


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
        write_private(file, text.encode())
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


def erase(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="Whose address this is.")] = None,
    telegram: Annotated[int | None, typer.Option(help="Whose chat this is.")] = None,
) -> None:
    """Erase a subscriber with everything that names them."""
    if (email is None) == (telegram is None):
        raise typer.BadParameter("say who: --email ann@example.org or --telegram 42")
    target = _mailbox(email) if email is not None else Target.telegram(telegram or 0)
    run(_erase(context, target))


async def _erase(context: typer.Context, target: Target) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        await _forget(core, target)
    out().print("erased")


async def _forget(core: Core, target: Target) -> None:
    if not await core.membership.forget(target):
        raise BadRequest(f"no subscriber at {target.channel}:{target.address}")
