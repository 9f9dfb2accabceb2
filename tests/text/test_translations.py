"""Another language is one catalogue file: no code knows it, and everything speaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
COPIED_PATHS = ("digest", "templates", "seeds", ".ci", "bot.py")


@pytest.fixture(scope="module")
def program_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the program with a German catalogue in which every sentence is marked."""
    folder = tmp_path_factory.mktemp("translated")
    for part in COPIED_PATHS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    run_python(folder, ".ci/words.py", "--new", "de")
    path = folder / "digest/text/locale/de.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="de")
    for message in catalogue:
        if not message.id:
            continue
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        marked = tuple(f"«{form}»" for form in forms)
        message.string = marked if isinstance(message.id, tuple) else marked[0]
    with path.open("wb") as file:
        write_po(file, catalogue, width=110)
    return folder


def run_python(folder: Path, *words: str, typed: str = "") -> str:
    """Run Python in a folder; give what it prints."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *words], cwd=folder, input=typed, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_chat_speaks_a_language_that_has_a_catalogue(program_copy: Path) -> None:
    shown = run_python(
        program_copy, "bot.py", "chat", "--language", "de", typed="/start\n/settings language\nEnglish\n"
    )

    assert "«What would you like to receive?" in shown
    assert "Deutsch ✓" in shown
    assert "中文" in shown


def test_mail_and_telegram_speak_it_with_dates_as_that_language_writes_them(program_copy: Path) -> None:
    for channel in ("email", "telegram"):
        run_python(program_copy, "bot.py", "preview", "--channel", channel, "--locale", "de", "--out", f"out/{channel}")

    text = "".join(path.read_text() for path in (program_copy / "out").rglob("*") if path.suffix in (".txt", ".json"))

    assert "Samstag, 24. Januar 2026" in text
    assert "«" in text


def test_a_new_catalogue_is_named_by_a_language_and_overwrites_nothing(program_copy: Path) -> None:
    for code in ("de", "nonsense"):
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, ".ci/words.py", "--new", code],
            cwd=program_copy,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 1
        assert done.stdout.startswith(f"{code}: ")


def test_every_catalogue_holds_every_sentence_with_its_places() -> None:
    checked = run_python(ROOT, ".ci/words.py", "--check")

    assert "complete" in checked
