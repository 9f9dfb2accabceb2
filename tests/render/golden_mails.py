"""The golden mails; ``python -m tests.render.golden_mails`` writes them again, for review."""

from collections.abc import Mapping
from pathlib import Path

from tests.render.mails import samples

GOLDEN = Path(__file__).parent / "golden"
KEPT = (
    "robotics-en",
    "chosen-zh",
    "titles-en",
    "keywords-en",
    "quiet-zh",
    "news-en",
    "notice-en",
    "code-zh",
    "opt-in-en",
    "opt-in-zh",
    "no-pages-zh",
)


NAMES = tuple(f"mail-{name}.{kind}" for kind in ("html", "txt") for name in KEPT)


def golden() -> Mapping[str, str]:
    """Give the mails that are kept, as file name and text."""
    mails = samples()
    html = {f"mail-{name}.html": mails[name].html for name in KEPT}
    return html | {f"mail-{name}.txt": mails[name].text for name in KEPT}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, text in golden().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
