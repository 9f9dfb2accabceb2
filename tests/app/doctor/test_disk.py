"""Room on the disk, against the bounds that the service keeps."""

from pathlib import Path

import pytest

from digest.app.doctor.files import check_disk, evaluate_disk
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name


@pytest.mark.parametrize(("free", "verdict"), [(99_000_000, "problem"), (499_000_000, "warning"), (501_000_000, "ok")])
def test_bounds(free: int, verdict: str) -> None:
    assert evaluate_disk(free, Path("/var")).verdict == verdict


async def test_a_folder_that_is_not_there_yet_is_measured_by_the_one_above(build: BuildContext, tmp_path: Path) -> None:
    findings = await run_check(check_disk, build(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/a/b/digest.db"))

    assert str(tmp_path) in findings["disk"].what


async def test_a_server_has_a_disk_of_its_own(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_disk, build(DATABASE_URL="postgresql+psycopg://db/x"))) == {
        "disk": "not checked"
    }
    assert statuses_by_name(await run_check(check_disk, build(DATABASE_URL="?"))) == {"disk": "not checked"}
