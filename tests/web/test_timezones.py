"""The list of time zones in forms: what was chosen stays chosen, whatever it is."""

import re

import pytest

from digest.model.links import TokenPurpose
from digest.services.schedule import known_timezones
from digest.web.page_renderer import timezone_options
from tests.web.running_site import ANN_TARGET, RunningSite


def selected_options(html: str) -> list[str]:
    """Return the options that a browser shows as chosen."""
    return re.findall(r"<option selected>([^<]*)</option>", html)


def test_every_zone_that_a_reader_may_have_is_selected_once() -> None:
    assert [zone for zone in known_timezones() if selected_options(timezone_options(zone)) != [zone]] == []


@pytest.mark.parametrize("typed", ["", "Mars/Phobos", "<b>", "europe/berlin"])
def test_what_is_no_zone_selects_none_and_stands_nowhere(typed: str) -> None:
    html = timezone_options(typed)

    assert selected_options(html) == []
    assert not typed or typed not in html


async def test_saving_the_page_changes_no_zone_that_its_regions_do_not_list(site: RunningSite) -> None:
    await site.deps.subscriptions.update_preferences(ANN_TARGET, timezone="US/Eastern")
    path = await site.page_path(TokenPurpose.PREFERENCES)
    (zone,) = selected_options((await site.client.get(path)).text)
    hidden = await site.hidden_fields(path)

    await site.client.post(path, data={**hidden, "do": "save", "scope": "all", "zone": zone})

    reader = await site.store.subscribers.find_profile(ANN_TARGET)
    assert reader is not None
    assert reader.preferences.timezone == "US/Eastern"
