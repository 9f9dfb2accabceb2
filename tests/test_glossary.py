"""Files about a feature bear its name, and docs/glossary.md lists the features."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.child_process import ROOT

PACKAGES = ("services", "services/admin", "storage", "telegram/handlers", "telegram/texts", "web/pages")
INFRASTRUCTURE = {
    "storage": {
        "app_state", "chat_state", "database", "email_verification", "schema", "tables", "types", "upgrade",
    },
}  # fmt: skip
"""Files of ``storage`` that serve several features."""


def features() -> set[str]:
    """Return the names of the table of features."""
    table = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").partition("## Features")[2]
    return set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) - {"feature"}


def is_named_after(stem: str, feature: str) -> bool:
    """Return whether a file's name is the feature's, in the singular or plural, alone or with a word beside it."""
    singular = f"{feature[:-3]}y" if feature.endswith("ies") else feature.removesuffix("s")
    return re.fullmatch(rf"(?:\w+_)?(?:{feature}|{singular}s?)(?:_\w+)?", stem) is not None


def files() -> Iterator[tuple[str, Path]]:
    """Return every file of the packages that have one file a feature."""
    for package in PACKAGES:
        for file in sorted((ROOT / "digest" / package).glob("*.py")):
            if file.stem != "__init__" and file.stem not in INFRASTRUCTURE.get(package, set()):
                yield package, file


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_has_the_name_of_a_feature(package: str) -> None:
    strange = [
        file.name
        for of, file in files()
        if of == package and not any(is_named_after(file.stem, feature) for feature in features())
    ]

    assert not strange


def test_every_feature_has_a_file() -> None:
    stems = [file.stem for _, file in files()]

    assert not [feature for feature in sorted(features()) if not any(is_named_after(stem, feature) for stem in stems)]
