"""Commands about subscribers: list, add, import, export, erase."""

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.cli.context import get_cli_context, parse_domain_options, run_async, stdout_console
from digest.app.cli.import_subscribers import import_
from digest.app.container import Container, open_container
from digest.app.subscriber_csv import COLUMNS, build_csv_row
from digest.model import EndpointState, Locale, PreferenceChanges, SubscriberProfile, Target
from digest.model.clock import system_clock
from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput
from digest.model.private_files import write_private
from digest.services.schedule import known_timezones, parse_time
from digest.text.i18n import translator_for


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
    run_async(_list(context))


async def _list(context: typer.Context) -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        readers = await core.store.subscribers.list_profiles()
    table = Table("id", "where", "domains", "when", "language", "next")
    for reader in readers:
        chosen = reader.preferences
        table.add_row(
            str(reader.subscriber.id),
            ", ".join(_format_endpoints(reader)),
            "everything" if chosen.domains is None else ", ".join(chosen.domains) or "nothing",
            f"{chosen.frequency} {translator_for(Locale.EN).format_time(chosen.send_minute)} {chosen.timezone}",
            chosen.locale,
            _format_next_digest(reader),
        )
    stdout_console().print(
        table if readers else "no subscribers yet; `subscribers add --email ann@example.org` adds one"
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
        *([_parse_email(email)] if email is not None else []),
    ]
    if not targets:
        raise typer.BadParameter("say where: --email ann@example.org, --telegram 42, or both")
    choice = PreferenceChanges()
    if at is not None:
        choice["send_minute"] = _parse_time_option(at)
    if tz is not None:
        choice["timezone"] = _parse_timezone(tz)
    if locale is not None:
        choice["locale"] = locale
    run_async(_add(context, targets, domain or [], choice))


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


async def _add(
    context: typer.Context, targets: list[Target], domain_names: list[str], changes: PreferenceChanges
) -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        reader = await core.subscriptions.add_subscriber(
            targets, parse_domain_options(core.taxonomy, domain_names), **changes
        )
    follows = reader.preferences.domains
    stdout_console().print(
        f"subscriber {reader.subscriber.id}: {', '.join(_format_endpoints(reader))} · "
        f"{'everything' if follows is None else ', '.join(follows)} · next {_format_next_digest(reader)}",
        markup=False,
        highlight=False,
    )


def export(
    context: typer.Context, file: Annotated[Path | None, typer.Option("--out", help="Without: standard output.")] = None
) -> None:
    """Write all subscribers as CSV, as import reads it."""
    text = run_async(_export(context))
    if file is None:
        sys.stdout.write(text)
        return
    try:
        write_private(file, text.encode())
    except OSError as error:
        raise InvalidInput(f"{file}: {error.strerror}") from error


async def _export(context: typer.Context) -> str:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        readers = await core.store.subscribers.list_profiles()
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    for reader in readers:
        table.writerows(build_csv_row(reader, endpoint) for endpoint in reader.endpoints)
    return written.getvalue()


def erase(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="Whose address this is.")] = None,
    telegram: Annotated[int | None, typer.Option(help="Whose chat this is.")] = None,
) -> None:
    """Erase a subscriber with everything that names them."""
    if (email is None) == (telegram is None):
        raise typer.BadParameter("say who: --email ann@example.org or --telegram 42")
    target = _parse_email(email) if email is not None else Target.telegram(telegram or 0)
    run_async(_erase(context, target))


async def _erase(context: typer.Context, target: Target) -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        await _erase_subscriber(core, target)
    stdout_console().print("erased")


async def _erase_subscriber(container: Container, target: Target) -> None:
    if not await container.subscriptions.erase(target):
        raise InvalidInput(f"no subscriber at {target.channel}:{target.address}")
