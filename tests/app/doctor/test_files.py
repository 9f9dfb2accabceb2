"""Disk, rights, templates, domains and reports, as the service would meet them."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from digest.app.delivery import TEMPLATE_FOLDER
from digest.app.doctor import files
from digest.model.clock import system_clock
from digest.storage import open_store
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name

PUBLIC_MODE = 0o644
SEED = Path("seeds/2026-01-24.md").read_text(encoding="utf-8")


async def test_the_templates_and_domains_that_come_along_are_ok(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(files.check_templates, build())) == {"templates": "ok"}
    assert statuses_by_name(await run_check(files.check_taxonomy, build())) == {"domains": "ok"}


async def test_a_broken_template_is_a_problem_that_names_the_file(
    build: BuildContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in TEMPLATE_FOLDER.iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    (tmp_path / "code.txt.j2").write_text("{{ nonsense", encoding="utf-8")
    monkeypatch.setattr(files, "TEMPLATE_FOLDER", tmp_path)

    finding = (await run_check(files.check_templates, build()))["templates"]

    assert finding.verdict == "problem"
    assert "code.txt.j2" in finding.what


async def test_a_broken_taxonomy_is_a_problem_and_leaves_the_templates_open(
    build: BuildContext, tmp_path: Path
) -> None:
    case = build(TAXONOMY_FILE=str(tmp_path / "none.tsv"))

    assert statuses_by_name(await run_check(files.check_taxonomy, case)) == {"domains": "problem"}
    assert statuses_by_name(await run_check(files.check_templates, case)) == {"templates": "not checked"}


async def test_reports_of_this_week_are_ok_and_older_ones_a_warning(build: BuildContext, tmp_path: Path) -> None:
    fresh = (system_clock() - timedelta(days=2)).date().isoformat()
    case = build(REPORTS_DIR=str(tmp_path))
    (tmp_path / "a.md").write_text(SEED, encoding="utf-8")
    old = await run_check(files.check_reports, case)
    (tmp_path / "b.md").write_text(SEED.replace("2026-01-24", fresh), encoding="utf-8")
    new = await run_check(files.check_reports, case)

    assert old["reports"].verdict == "warning"
    assert new["reports"].verdict == "ok"
    assert f"2 in {tmp_path}, the newest of {fresh}" in new["reports"].what


@pytest.mark.parametrize(("content", "verdict"), [(None, "warning"), ("<html>no</html>", "problem")])
async def test_no_report_is_a_warning_and_a_strange_one_a_problem(
    build: BuildContext, tmp_path: Path, content: str | None, verdict: str
) -> None:
    if content:
        (tmp_path / "a.md").write_text(content, encoding="utf-8")

    assert statuses_by_name(await run_check(files.check_reports, build(REPORTS_DIR=str(tmp_path)))) == {
        "reports": verdict
    }


async def test_a_folder_that_is_not_there_is_a_problem(build: BuildContext, tmp_path: Path) -> None:
    case = build(REPORTS_DIR=str(tmp_path / "none"))

    assert statuses_by_name(await run_check(files.check_reports, case)) == {"reports": "problem"}


@pytest.mark.parametrize(("free", "verdict"), [(99_000_000, "problem"), (499_000_000, "warning"), (501_000_000, "ok")])
def test_bounds_of_the_disk(free: int, verdict: str) -> None:
    assert files.evaluate_disk(free, Path("/var")).verdict == verdict


async def test_a_folder_that_is_not_there_yet_is_measured_by_the_one_above(build: BuildContext, tmp_path: Path) -> None:
    findings = await run_check(files.check_disk, build(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/a/b/digest.db"))

    assert str(tmp_path) in findings["disk"].what


async def test_a_server_has_a_disk_of_its_own(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(files.check_disk, build(DATABASE_URL="postgresql+psycopg://db/x"))) == {
        "disk": "not checked"
    }
    assert statuses_by_name(await run_check(files.check_disk, build(DATABASE_URL="?"))) == {"disk": "not checked"}


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
