"""The command that shows what would be sent: preview."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from digest.app.preview import Preview
from digest.cli.frame import LANGUAGE, chosen_domains, out, reading_room, run, start_of
from digest.errors import BadRequest
from digest.model import Channel, Locale


def add_commands(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command()(preview)


def preview(
    context: typer.Context,
    channel: Annotated[Channel, typer.Option(help="email or telegram.")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder that the files go to.")],
    domain: Annotated[list[str] | None, typer.Option(help="A domain; repeat for more; without: all.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="A report's date; without: the newest.")] = None,
    locale: Annotated[Locale | None, typer.Option(help=LANGUAGE)] = None,
) -> None:
    """Write what would be sent as files."""
    run(_preview(context, channel, out_dir, domain or [], day, locale))


async def _preview(
    context: typer.Context,
    channel: Channel,
    folder: Path,
    words: list[str],
    day: str | None,
    locale: Locale | None,
) -> None:
    async with reading_room(start_of(context)) as core:
        slugs = chosen_domains(core.taxonomy, words)
        files = await Preview(core=core).write(
            channel, folder, domains=slugs, day=_date(day), locale=locale or core.settings.default_locale
        )
    for file in files:
        out().print(str(file), markup=False, highlight=False)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{text!r} is no date; one looks like 2026-01-24") from error
