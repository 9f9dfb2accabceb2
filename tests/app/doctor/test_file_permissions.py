"""Files that others can read are told, with what mends them."""

import os
from pathlib import Path

import pytest

from digest.app.doctor import files
from digest.model.clock import system_clock
from digest.storage import open_store
from tests.app.doctor.conftest import BuildContext, run_check

PUBLIC_MODE = 0o644


async def test_files_of_their_owner_alone_are_ok_and_open_ones_are_named(
    build: BuildContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DOTENV", tmp_path / ".env")
    case = build(MAIL_DIR=str(tmp_path))
    await (await open_store(case.settings.database_url, system_clock)).close()
    closed = (await run_check(files.check_file_permissions, case))["rights"]
    (tmp_path / "digest.db").chmod(PUBLIC_MODE)
    opened = (await run_check(files.check_file_permissions, case))["rights"]

    assert closed.verdict == "ok"
    assert opened.verdict == "warning"
    assert "digest.db" in opened.what
    assert "next start" in opened.advice


async def test_what_the_start_cannot_mend_is_a_problem(
    build: BuildContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.eml").write_bytes(b"To: ann@example.org\n")
    (tmp_path / "a.eml").chmod(PUBLIC_MODE)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)

    finding = (await run_check(files.check_file_permissions, build(MAIL_DIR=str(tmp_path))))["rights"]

    assert finding.verdict == "problem"
    assert "a.eml" in finding.what


async def test_an_open_dotenv_or_key_is_a_warning(
    build: BuildContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DOTENV", tmp_path / ".env")
    (tmp_path / ".env").write_text("SMTP_PASSWORD=hush\n", encoding="utf-8")
    (tmp_path / ".env").chmod(PUBLIC_MODE)

    finding = (await run_check(files.check_file_permissions, build(MAIL_DIR=str(tmp_path / "out"))))["rights"]

    assert finding.verdict == "warning"
    assert ".env" in finding.what
