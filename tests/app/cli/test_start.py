"""The list of commands is in step with the commands, and loads none of them."""

import subprocess
import sys

import pytest
from typer.main import get_command

from digest.app.cli import COMMAND_MODULES, build_cli
from tests.support.child_process import ROOT

HEAVY_MODULES = ("sqlalchemy", "telegram", "starlette", "apscheduler", "alembic", "aiosmtplib")


LISTED = [line for commands in COMMAND_MODULES.values() for line in commands.items()]


@pytest.mark.parametrize(("name", "line"), LISTED)
def test_the_line_in_the_list_is_the_commands_own(name: str, line: str) -> None:
    command = get_command(build_cli(name)).commands[name]  # type: ignore[attr-defined]

    assert (command.help or "").replace("\n", " ").startswith(line)


@pytest.mark.parametrize("arguments", [("--help",), ("parse", "seeds/2026-01-24.md"), ("nonsense",)])
def test_what_needs_no_service_does_not_load_it(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; from digest.app.cli import main; "
        f"main({list(arguments)!r}, settings={{}}, dotenv={{}}); "
        f"print(*sorted(set({HEAVY_MODULES!r}) & set(sys.modules)), file=sys.stderr)"
    )

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ended.stderr.split("\n")[-2] == ""
