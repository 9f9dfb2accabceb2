"""Files: room on the disk, who can read them, templates that compile, domains that load, reports that come."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from digest.app.delivery import TEMPLATE_FOLDER, build_sender_identity
from digest.app.doctor.checks import Area, CheckContext, CheckResult
from digest.app.file_sender import list_sent_files
from digest.app.health import free_disk_bytes
from digest.app.settings import Settings, read_taxonomy
from digest.model.errors import InvalidInput, InvalidReport, InvalidTaxonomy, InvalidTemplate, StoreError
from digest.model.private_files import find_exposed_files, format_paths
from digest.papers.domains import Taxonomy
from digest.render.email.renderer import EmailRenderer
from digest.services.admin_alerts import DISK_FULL_BYTES, DISK_LOW_BYTES
from digest.sources.report_folder import find_report_files, read_report
from digest.sources.report_parser import ParserProcess
from digest.storage.database import database_file
from digest.storage.sqlite.backup import list_database_files

DOTENV = Path(".env")

MAX_REPORT_AGE_DAYS = 7
"""After how many days without a report something may be wrong."""

_FILES = Area.FILES
_MEGABYTE = 1_000_000


async def check_disk(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Measure the disk of the database's folder, or of the nearest folder above that is there."""
    try:
        file = database_file(ctx.settings.database_url)
    except StoreError as error:
        yield _FILES.not_checked("disk", str(error))
        return
    if file is None:
        yield _FILES.not_checked("disk", "the database is on a server", "watch its disk there")
        return
    folder = next((one for one in file.absolute().parents if one.is_dir()), Path("/"))
    try:
        free = await free_disk_bytes(folder)
    except OSError as error:
        yield _FILES.not_checked("disk", f"{folder}: {error.strerror}")
        return
    yield evaluate_disk(free, folder)


def evaluate_disk(free_bytes: int, folder: Path) -> CheckResult:
    """Return the verdict on bytes that are free."""
    told = f"{free_bytes // _MEGABYTE:,} MB free in {folder}"
    if free_bytes < DISK_FULL_BYTES:
        return _FILES.problem("disk", f"{told}: below {DISK_FULL_BYTES // _MEGABYTE} MB no digest begins", "make room")
    if free_bytes < DISK_LOW_BYTES:
        return _FILES.warning("disk", f"{told}: below {DISK_LOW_BYTES // _MEGABYTE} MB admins are told", "make room")
    return _FILES.ok("disk", told)


async def check_file_permissions(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at the rights to what we write, and to the operator's own files that hold secrets."""
    ours, theirs = await asyncio.to_thread(_find_open_files, ctx.settings)
    if stuck := [path for path in ours if not _is_own_file(path)]:
        yield _FILES.problem(
            "rights",
            f"others can read {format_paths(stuck)}, and the start cannot mend it: they are another user's",
            f"sudo chown {os.geteuid()} FILE and chmod 600 FILE, for each",
        )
    elif ours:
        yield _FILES.warning("rights", f"others can read {format_paths(ours)}", "the next start mends it")
    if theirs:
        yield _FILES.warning(
            "rights", f"others can read {format_paths(theirs)}, which may hold secrets", "chmod 600 FILE, for each"
        )
    if not ours and not theirs:
        yield _FILES.ok("rights", "what holds addresses, letters or keys is read by its owner alone")


def _find_open_files(settings: Settings) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return which of our files, and of the operator's, others can read."""
    try:
        file = database_file(settings.database_url)
    except StoreError:
        file = None
    ours = [*(list_database_files(file) if file else ()), *list_sent_files(settings.mail_dir)]
    keys = (settings.dkim_key_file, settings.dkim_ed25519_key_file)
    return find_exposed_files(ours), find_exposed_files([DOTENV, *(key for key in keys if key)])


def _is_own_file(path: Path) -> bool:
    try:
        return os.geteuid() in (0, path.stat().st_uid)
    except OSError:
        return True


async def check_templates(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Compile the mail templates, and fill each once."""
    try:
        taxonomy = read_taxonomy(ctx.settings)
    except InvalidTaxonomy:
        yield _FILES.not_checked("templates", "the domains come first")
        return
    try:
        await asyncio.to_thread(_compile_templates, ctx, taxonomy)
    except InvalidTemplate as error:
        yield _FILES.problem("templates", str(error), "correct the template, or take the one of the release")
        return
    yield _FILES.ok("templates", f"{TEMPLATE_FOLDER}: all compile")


def _compile_templates(ctx: CheckContext, taxonomy: Taxonomy) -> None:
    identity = build_sender_identity(ctx.settings)
    EmailRenderer.load(TEMPLATE_FOLDER, taxonomy=taxonomy, identity=identity, secret=b"nothing is signed here")


async def check_taxonomy(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Load the domains."""
    try:
        taxonomy = await asyncio.to_thread(read_taxonomy, ctx.settings)
    except InvalidTaxonomy as error:
        yield _FILES.problem("domains", str(error), "correct TAXONOMY_FILE; `domains` shows what is read")
        return
    yield _FILES.ok("domains", f"{ctx.settings.taxonomy_file}: {len(taxonomy.domains)} domains")


async def check_reports(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look for reports, and for the newest one's date."""
    folder = ctx.settings.reports_dir
    try:
        files = find_report_files(folder)
    except InvalidInput as error:
        yield _FILES.problem("reports", str(error), "make the folder, or correct REPORTS_DIR")
        return
    if not files:
        yield _FILES.warning("reports", f"{folder} has no report yet", "put one there: NAME.md")
        return
    yield await _evaluate_newest(files, ctx)


async def _evaluate_newest(files: list[Path], ctx: CheckContext) -> CheckResult:
    file = files[-1]
    try:
        report = await ParserProcess().parse(read_report(file))
    except (InvalidInput, InvalidReport) as error:
        return _FILES.problem("reports", f"{file}: {error}", "`python bot.py parse FILE` tells more")
    if report.date is None:
        return _FILES.warning("reports", f"{file} names no date", "write the date into its first lines")
    told = f"{len(files)} in {ctx.settings.reports_dir}, the newest of {report.date}"
    if (ctx.clock().date() - report.date).days > MAX_REPORT_AGE_DAYS:
        return _FILES.warning(
            "reports", told, "is whoever writes them running, and does REPORTS_DIR name their folder?"
        )
    return _FILES.ok("reports", told)
