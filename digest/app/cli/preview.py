"""The command that shows what would be sent: preview."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from digest.app.cli.context import LANGUAGE_HELP, get_cli_context, parse_domain_options, run_async, stdout_console
from digest.app.cli.reports import open_for_reading
from digest.app.preview import PreviewWriter
from digest.model import Channel, Locale
from digest.model.errors import InvalidInput


def add_commands(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command()(preview)


def preview(
    context: typer.Context,
    channel: Annotated[Channel, typer.Option(help="email or telegram.")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder that the files go to.")],
    domain: Annotated[list[str] | None, typer.Option(help="A domain; repeat for more; without: all.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="A report's date; without: the newest.")] = None,
    locale: Annotated[Locale | None, typer.Option(help=LANGUAGE_HELP)] = None,
) -> None:
    """Write what would be sent as files."""
    run_async(_preview(context, channel, out_dir, domain or [], day, locale))


async def _preview(
    context: typer.Context,
    channel: Channel,
    out_dir: Path,
    domain_names: list[str],
    day: str | None,
    locale: Locale | None,
) -> None:
    async with open_for_reading(get_cli_context(context)) as core:
        slugs = parse_domain_options(core.taxonomy, domain_names)
        files = await PreviewWriter(container=core).write(
            channel, out_dir, domains=slugs, day=_parse_date(day), locale=locale or core.settings.default_locale
        )
    for file in files:
        stdout_console().print(str(file), markup=False, highlight=False)


def _parse_date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no date; one looks like 2026-01-24") from error
