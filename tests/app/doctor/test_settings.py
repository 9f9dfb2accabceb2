"""Settings: mistakes one by one, and what is right by itself but not together."""

import pytest

from digest.app.doctor.settings import check_settings, evaluate_mistakes, evaluate_unknown
from digest.app.settings import Settings
from digest.model.errors import InvalidSettings
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name

COMPLETE_SETTINGS = {
    "SECRET_KEY": "k" * 32,
    "PUBLIC_URL": "https://digest.example.org",
    "ADMIN_EMAILS": "admin@example.org",
    "MAIL_FROM": "Digest <digest@example.org>",
    "MAIL_POSTAL_ADDRESS": "Main Street 1",
}


def test_every_mistake_is_a_problem_of_its_own_and_shows_no_secret() -> None:
    with pytest.raises(InvalidSettings) as error:
        Settings.load({"SMTP_PORT": "0", "TIMEZONE": "Mars; is=it", "BOUNCE_DIR": "x", "SMTP_PASSWORD": "hush"})

    findings = evaluate_mistakes(error.value)

    assert [finding.name for finding in findings] == ["SMTP_PORT", "TIMEZONE", "SMTP_USERNAME", "BOUNCE_ADDRESS"]
    assert {finding.verdict.value for finding in findings} == {"problem"}
    assert "hush" not in repr(findings)


def test_a_name_that_is_no_setting_is_told_with_the_one_that_was_meant() -> None:
    near, far = evaluate_unknown({"SMPT_HOST": "x", "MOON_PHASE": "full", "SMTP_HOST": "y"})[::-1]

    assert (near.verdict, near.advice) == ("warning", "did you mean SMTP_HOST?")
    assert far.name == "MOON_PHASE"


async def test_an_installation_that_lacks_nothing_has_no_warning_but_about_dkim(build: BuildContext) -> None:
    findings = statuses_by_name(await run_check(check_settings, build(**COMPLETE_SETTINGS)))

    assert findings == {"settings": "ok", "PUBLIC_URL": "ok", "admins": "ok", "DKIM_DOMAIN": "warning"}


async def test_what_is_not_right_together(build: BuildContext) -> None:
    rows = [
        ({"SECRET_KEY": ""}, "SECRET_KEY", "warning"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL", "warning"),
        ({"PUBLIC_URL": "http://digest.example.org"}, "PUBLIC_URL", "warning"),
        ({"PUBLIC_URL": "https://elsewhere.net"}, "links", "warning"),
        ({"ADMIN_EMAILS": ""}, "admins", "warning"),
        ({"ADMIN_EMAILS": "", "TELEGRAM_ADMIN_IDS": "5"}, "admins", "ok"),
        ({"MAIL_FROM": ""}, "MAIL_FROM", "not checked"),
        ({"MAIL_POSTAL_ADDRESS": ""}, "MAIL_POSTAL_ADDRESS", "warning"),
        ({"BOUNCE_ADDRESS": "b@elsewhere.net", "BOUNCE_DIR": "x"}, "BOUNCE_ADDRESS", "warning"),
        ({"DKIM_DOMAIN": "example.org"}, "DKIM_DOMAIN", "ok"),
        ({"DKIM_DOMAIN": "elsewhere.net"}, "DKIM_DOMAIN", "problem"),
    ]
    for change, name, verdict in rows:
        dkim = {"DKIM_SELECTOR": "s", "DKIM_KEY_FILE": __file__} if "DKIM_DOMAIN" in change else {}

        findings = await run_check(check_settings, build(**{**COMPLETE_SETTINGS, **dkim, **change}))

        assert findings[name].verdict == verdict, change
        assert "k" * 32 not in repr(findings)
