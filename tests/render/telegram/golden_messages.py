"""The golden chats: ``python -m tests.render.telegram.golden_messages`` writes them again, for a review."""

from collections.abc import Mapping
from pathlib import Path

from digest.model import Locale
from tests.render.telegram.sample_messages import format_messages, make_renderer, sample_messages

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_NAMES = (
    "everything-en",
    "everything-zh",
    "robotics-en",
    "chosen-zh",
    "titles-zh",
    "full-en",
    "keywords-en",
    "group-en",
    "saved-zh",
    "paper-2601.16004-en",
    "paper-2601.11868-zh",
    "paper-2601.14724-en",
    "announcement-en",
)


def golden_messages() -> Mapping[str, str]:
    """Return the chats that are kept, as file name and text."""
    chats = sample_messages()
    kept = {f"{name}.txt": format_messages(chats[name]) for name in GOLDEN_NAMES}
    for locale in Locale:
        silent = [
            format_messages(parts)
            for name, parts in chats.items()
            if name.startswith("quiet") and name.endswith(locale)
        ]
        kept[f"quiet-{locale}.txt"] = "\n".join(silent)
        rows = make_renderer().domain_keyboard(("robotics", "3d"), {"robotics": 3, "rl": 12}, locale)
        shown = ["  ".join(f"[{button.text}]({button.callback_data})" for button in row) for row in rows]
        kept[f"domains-{locale}.txt"] = "\n".join([*shown, ""])
    return kept


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, text in golden_messages().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
