"""The operator's own files: templates that compile, a taxonomy that loads, reports that come."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from digest.app.doctor.context import CheckContext
from digest.app.doctor.result import Area, CheckResult
from digest.app.settings import read_taxonomy
from digest.model.errors import InvalidInput, InvalidReport, InvalidTaxonomy, InvalidTemplate
from digest.papers.domains import Taxonomy
from digest.render.email.mime import SenderIdentity
from digest.render.email.renderer import EmailRenderer
from digest.sources.report_folder import find_report_files, read_report
from digest.sources.report_parser import ParserProcess

TEMPLATE_FOLDER = Path("templates/email")

MAX_REPORT_AGE_DAYS = 7
"""After how many days without a report something may be wrong."""

_FILES = Area.FILES


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
    name, address = ctx.settings.sender
    EmailRenderer.load(
        TEMPLATE_FOLDER,
        taxonomy=taxonomy,
        identity=SenderIdentity(sender_name=name, from_address=address, list_domain=address.rpartition("@")[2]),
        secret=b"nothing is signed here",
    )


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
