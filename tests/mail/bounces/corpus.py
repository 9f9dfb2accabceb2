"""The reader held against the mails that flufl.bounce tests itself with: ``python -m tests.mail.bounces.corpus``.

Those mails are real, of thirty kinds of servers, and not ours to copy: they are fetched from PyPI, the source
of the very version that is installed, and believed only with the hash below. What is right of each mail
stands in flufl.bounce's own test: who failed for good, and who only for now.
"""

import ast
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from digest.mail.bounces.parser import parse_bounce
from digest.model.bounce import BounceKind

MAX_MISJUDGED = 0.02
CACHE_DIR = Path(sys.prefix) / "corpus"
HASHES = {"6.0.0": "a1df16b9d1877ae4536f7d76c00d8421fcefbe694f80f5285d05c45a2547b1bc"}
"""SHA-256 of the source of each version that was looked at, as PyPI tells it."""

_TABLE = "DETECTORS"
_FAILED_KINDS = (BounceKind.FAILED, BounceKind.BLAMELESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSets:
    """The addresses that a mail tells of; both empty where it tells of none."""

    failed: frozenset[str] = frozenset()
    delayed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusResult:
    """One mail, what is right of it, and what the reader found."""

    name: str
    expected: AddressSets
    found: AddressSets

    @property
    def is_wrong(self) -> bool:
        """Return whether the two differ."""
        return self.expected != self.found


def find_source() -> Path:
    """Return the source of the installed flufl.bounce, fetched with pip where it is not there yet.

    Raises ``RuntimeError`` where its hash is not the one we know.
    """
    number = version("flufl.bounce")
    if number not in HASHES:
        raise RuntimeError(f"flufl.bounce {number} is new: look at its tests, then add its hash to {__file__}")
    kept = CACHE_DIR / f"flufl_bounce-{number}.tar.gz"
    if not kept.exists() or _sha256(kept) != HASHES[number]:
        CACHE_DIR.mkdir(parents=True, exist_ok=True)
        _download(number, kept)
    if _sha256(kept) != HASHES[number]:
        raise RuntimeError(f"{kept} is not the source of flufl.bounce {number} that we know")
    return kept


def judge_corpus() -> list[CorpusResult]:
    """Let the reader judge every mail of the corpus, in the order of their names."""
    with tarfile.open(find_source()) as archive:
        files = {Path(one.name): one for one in archive.getmembers() if one.isfile()}
        read = {path: (archive.extractfile(one) or io.BytesIO()).read() for path, one in files.items()}
    table = next(data for path, data in read.items() if path.name == "test_detectors.py")
    right = read_expectations(table.decode())
    mails = {path.name: data for path, data in read.items() if path.match("tests/data/*.txt")}
    return [
        CorpusResult(name=name, expected=right.get(name, AddressSets()), found=addresses_found_in(data))
        for name, data in sorted(mails.items())
    ]


def read_expectations(test_module: str) -> Mapping[str, AddressSets]:
    """Read the table of flufl.bounce's test: rows of detector, file, addresses, and whether only for now.

    A file with several rows is right where all its detectors together are; one without a row tells of nobody.
    """
    right: dict[str, AddressSets] = {}
    for _, name, addresses, for_now in _table_rows(test_module):
        had = right.get(name, AddressSets())
        named = frozenset(address.decode().lower() for address in addresses)
        right[name] = AddressSets(
            failed=had.failed | (frozenset() if for_now else named),
            delayed=had.delayed | (named if for_now else frozenset()),
        )
    return right


def addresses_found_in(raw: bytes) -> AddressSets:
    """Return whom the reader finds in a mail."""
    recipients = parse_bounce(raw).recipients
    return AddressSets(
        failed=frozenset(one.address.lower() for one in recipients if one.kind in _FAILED_KINDS),
        delayed=frozenset(one.address.lower() for one in recipients if one.kind is BounceKind.DELAYED),
    )


def main() -> int:
    """Print each misjudged mail and the share of them; 1 where it is too large."""
    mails = judge_corpus()
    wrong = [one for one in mails if one.is_wrong]
    for one in wrong:
        print(f"{one.name}: right {_format_sets(one.expected)}, found {_format_sets(one.found)}")  # noqa: T201 - a report
    share = len(wrong) / len(mails)
    print(f"corpus: {len(mails)} mails, {len(wrong)} misjudged ({share:.1%})")  # noqa: T201 - a report
    return int(share > MAX_MISJUDGED)


def _table_rows(test_module: str) -> Iterator[tuple[str, str, list[bytes], bool]]:
    for node in ast.parse(test_module).body:
        if isinstance(node, ast.Assign) and _TABLE in [ast.unparse(one) for one in node.targets]:
            yield from ast.literal_eval(node.value)


def _download(number: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        words = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:"]
        end = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", *words, "--dest", folder, f"flufl.bounce=={number}"],
            check=False,
            capture_output=True,
            text=True,
        )
        found = list(Path(folder).glob("*.tar.gz"))
        if len(found) != 1:
            raise RuntimeError(f"the corpus could not be fetched: {end.stderr.strip()[-500:]}")
        path.write_bytes(found[0].read_bytes())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _format_sets(expected: AddressSets) -> str:
    return f"failed {sorted(expected.failed)} delayed {sorted(expected.delayed)}"


if __name__ == "__main__":
    sys.exit(main())
