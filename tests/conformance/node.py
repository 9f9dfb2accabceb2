"""Runs the scripts beside it on the Node that ``package-lock.json`` brings."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.conformance.validator_report import ValidatorUnavailable

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
SCRIPT_TIMEOUT = 300


def run_script(script: str, request: object) -> Any:  # noqa: ANN401 - what a script answers is its own
    """Return a script its question and return its answer; both are JSON. Raises ``ValidatorUnavailable``."""
    done = subprocess.run(  # noqa: S603 - our own script
        [_node(), HERE / "scripts" / script],
        input=json.dumps(request).encode(),
        capture_output=True,
        timeout=SCRIPT_TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise ValidatorUnavailable(done.stderr.decode(errors="replace").strip())
    return json.loads(done.stdout)


def version(package: str) -> str:
    """Return the installed version of a package. Raises ``ValidatorUnavailable``."""
    try:
        return str(json.loads((MODULES / package / "package.json").read_bytes())["version"])
    except OSError as error:
        raise ValidatorUnavailable(f"{package} is not installed; run make conformance") from error


def _node() -> Path:
    """Return the locked Node, or that of the machine where the lock has none for it."""
    locked = sorted(MODULES.glob("node-linux-*/bin/node"))
    found = locked[0] if locked else shutil.which("node")
    if found is None:
        raise ValidatorUnavailable("there is no Node")
    return Path(found)
