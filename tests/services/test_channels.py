"""What serves every channel iterates over its rows; only what belongs to one channel names it."""

import re
from pathlib import Path

from digest.app.settings import Settings
from digest.model import Channel
from digest.services.broadcasts import BroadcastService
from digest.services.channels import CHANNELS

ROOT = Path(__file__).parents[2]

NEW_CHANNEL = {
    "digest/model/endpoint.py",
    "digest/services/channels.py",
    "digest/services/delivery/renderer.py",
    "digest/app/delivery.py",
}
"""Files that name every channel, and that a new one changes."""

ONE_CHANNEL = {
    **dict.fromkeys(("digest/services/groups.py", "digest/storage/groups.py"), "groups are in Telegram"),
    **dict.fromkeys(
        (
            "digest/services/email_linking.py",
            "digest/storage/email_verification.py",
            "digest/telegram/handlers/email.py",
            "digest/telegram/texts/settings.py",
            "digest/web/pages/signup.py",
        ),
        "an email address is added and confirmed",
    ),
    "digest/storage/bounces.py": "bounces are emails",
    "digest/storage/outbox_rows.py": "a notice about a bounced address goes to Telegram",
    "digest/storage/subscribers.py": "unconfirmed sign-ups are email addresses",
    "digest/telegram/handlers/user.py": "admins look for a chat id or an email address",
}
"""Files that name the channel of which they are a part, and why."""


def test_only_these_files_name_a_channel() -> None:
    naming = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "digest").rglob("*.py")
        if re.search(r"\bChannel\.(?:EMAIL|TELEGRAM)\b", path.read_text(encoding="utf-8"))
    }

    assert naming == NEW_CHANNEL | ONE_CHANNEL.keys()


def test_every_channel_has_a_row_with_settings_that_exist() -> None:
    settings = {name.upper() for name in Settings.model_fields}

    assert list(CHANNELS) == [one.channel for one in CHANNELS.values()]
    assert set(CHANNELS) == set(Channel)
    assert {one.required_setting for one in CHANNELS.values()} <= settings
    assert {one.rate_setting for one in CHANNELS.values()} <= settings
    assert all(one.example.channel is one.channel for one in CHANNELS.values())


def test_no_name_means_two_channels() -> None:
    names = [name for one in CHANNELS.values() for name in one.names]

    assert len(names) == len(set(names))
    assert {channel.value for channel in Channel} <= set(names)


def test_the_default_rates_are_those_of_the_settings() -> None:
    rates = BroadcastService.__dataclass_fields__["rates"].default_factory

    assert callable(rates)
    assert rates() == {
        one.channel: Settings.model_fields[one.rate_setting.lower()].default for one in CHANNELS.values()
    }


def test_the_docs_name_the_files_of_a_channel() -> None:
    guide = (ROOT / "docs/developing.md").read_text(encoding="utf-8")
    part = guide.partition("### A channel\n")[2].partition("\n#")[0]

    named = set(re.findall(r"`((?:digest|templates)/[\w./]+)`", part))

    assert named >= NEW_CHANNEL
    assert not [name for name in named if not (ROOT / name).exists()]
