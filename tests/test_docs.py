"""The README and the pages under docs/ say what is true: their commands run, what they name exists."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from digest.app.cli import COMMAND_MODULES, build_cli
from digest.app.settings import Settings, unknown_setting_names
from digest.model import DeliveryState
from digest.telegram.commands import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
NOT_COPIED = shutil.ignore_patterns(".*", "*.pyc.*", "var", "out", "node_modules")
"""A ``.pyc`` with more to its name is one that another program is just writing."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
CODE = re.compile(r"`([^`\n]+)`")
SETTING = re.compile(r"\b[A-Z]+(?:_[A-Z0-9]+)+\b")
TARGET = re.compile(r"\bmake ([a-z-]+)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    """Return a page's text."""
    return page.read_text(encoding="utf-8")


def shell_fences(page: Path) -> list[str]:
    """Return what stands in a page's ``sh`` fences, without the lines that call make."""
    found = [body for language, body in FENCE.findall(text_of(page)) if language == "sh"]
    return [re.sub(r"^make .*$", "", body, flags=re.MULTILINE) for body in found]


def code_spans(page: Path) -> str:
    """Return everything on a page that is set as code."""
    text = text_of(page)
    fences = [body for _, body in FENCE.findall(text)]
    return "\n".join([*fences, *CODE.findall(FENCE.sub("", text))])


def make_targets() -> set[str]:
    """Return the names that the Makefile knows."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def terminal_commands() -> Mapping[str, list[str]]:
    """Return every command of the command line by its words, with its options."""

    def walk(command: object, words: str) -> Iterator[tuple[str, list[str]]]:
        if isinstance(command, TyperGroup):
            for name, one in command.commands.items():
                yield from walk(one, f"{words} {name}".strip())
        if isinstance(command, TyperCommand) or (isinstance(command, TyperGroup) and command.params):
            options = [option for one in command.params for option in one.opts if option.startswith("--")]
            yield words, options

    return {
        name: options
        for commands in COMMAND_MODULES.values()
        for name, options in walk(get_command(build_cli(next(iter(commands)))), "")
    }


def table_rows(page: str) -> Mapping[str, str]:
    """Return the rows of a page's tables by the code in their first cell, without its arguments."""
    found = re.findall(r"^\| `([^`]+)` \|(.*)$", text_of(DOCS / page), re.MULTILINE)
    return {name: f"{name} {rest}" for name, rest in found}


@pytest.mark.parametrize("page", [page for page in PAGES if shell_fences(page)], ids=lambda page: page.name)
async def test_the_commands_of_a_page_can_be_run_as_they_stand(page: Path, tmp_path: Path) -> None:
    copy = tmp_path / "paper-digest"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    shutil.copy(ROOT / ".env.example", copy)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    environment = {"PATH": f"{sys.prefix}/bin:{os.defpath}", "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    for script in shell_fences(page):
        child = await asyncio.create_subprocess_exec(
            "bash", "-eu", "-o", "pipefail", "-c", script,
            cwd=copy, env=environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await child.communicate()

        assert child.returncode == 0, f"{script}\n{said.decode()}"


def test_the_readme_shows_the_commands_that_everybody_needs() -> None:
    fences = [body for language, body in FENCE.findall(text_of(ROOT / "README.md")) if language == "sh"]

    assert {"make demo\n", "make test\n"} <= set(fences)


@each_page
def test_what_make_is_asked_for_exists(page: Path) -> None:
    assert set(TARGET.findall(code_spans(page))) <= make_targets()


@each_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", text_of(page))
    links = [one or other for one, other in LINK.findall(text)]
    local = [link for link in links if not re.match(r"https?://|mailto:|#", link)]

    assert [link for link in local if not (page.parent / link.partition("#")[0]).is_file()] == []


def test_the_readme_names_every_page() -> None:
    readme = text_of(ROOT / "README.md")

    assert [page.name for page in DOCS.glob("*.md") if f"](docs/{page.name})" not in readme] == []


def test_every_picture_is_shown() -> None:
    text = "".join(map(text_of, PAGES))

    assert [one.name for one in (DOCS / "pictures").iterdir() if f"pictures/{one.name}" not in text] == []


@each_page
def test_settings_that_are_named_exist(page: Path) -> None:
    named = SETTING.findall(code_spans(page))

    assert unknown_setting_names(dict.fromkeys(named)) == []


def test_every_setting_is_explained() -> None:
    page = code_spans(DOCS / "running.md")

    assert [name for name in Settings.model_fields if not re.search(rf"\b{name.upper()}\b", page)] == []


def test_every_command_of_the_terminal_is_explained_with_its_options() -> None:
    told = {re.split(r" [\[A-Z-]", name)[0]: row for name, row in table_rows("command-line.md").items()}

    assert set(told) == set(terminal_commands())
    for name, options in terminal_commands().items():
        assert [option for option in options if option not in told[name]] == [], name


def test_every_command_of_the_chat_is_explained_with_its_other_words() -> None:
    told: dict[str, str] = {}
    for name, row in table_rows("telegram.md").items():
        if name.startswith("/"):
            told[name.split(" ")[0]] = told.get(name.split(" ")[0], "") + row

    assert set(told) == {f"/{name}" for name in COMMANDS}
    for name, command in COMMANDS.items():
        assert [word for word in command.aliases if word not in told[f"/{name}"]] == [], name


@each_page
def test_tests_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text_of(page))

    assert [name for file, name in named if not re.search(rf"def {name}\(", text_of(ROOT / file))] == []


def test_every_state_of_a_delivery_is_drawn() -> None:
    page = text_of(DOCS / "delivery.md")

    assert [state for state in DeliveryState if state not in page] == []
