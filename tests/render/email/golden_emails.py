"""The golden mails; ``python -m tests.render.email.golden_emails`` writes them again, for review."""

from collections.abc import Mapping
from pathlib import Path

from tests.render.email.sample_emails import sample_emails

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_NAMES = (
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


FILE_NAMES = tuple(f"mail-{name}.{kind}" for kind in ("html", "txt") for name in GOLDEN_NAMES)


def golden_emails() -> Mapping[str, str]:
    """Return the mails that are kept, as file name and text."""
    mails = sample_emails()
    html = {f"mail-{name}.html": mails[name].html for name in GOLDEN_NAMES}
    return html | {f"mail-{name}.txt": mails[name].text for name in GOLDEN_NAMES}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, text in golden_emails().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
