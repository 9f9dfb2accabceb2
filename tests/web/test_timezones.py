"""The list of time zones in forms: what was chosen stays chosen, whatever it is."""

import re

from digest.model.links import TokenPurpose
from digest.services.schedule import known_timezones
from digest.web.page_renderer import timezone_options
from tests.web.running_site import ANN_TARGET, RunningSite


def selected_options(html: str) -> list[str]:
    """Return the options that a browser shows as chosen."""
    return re.findall(r"<option selected>([^<]*)</option>", html)


def test_a_zone_is_selected_once_whether_its_region_lists_it_or_not() -> None:
    zones = {"UTC", "US/Eastern", "Etc/GMT+5", *sorted(known_timezones())[::25]}

    assert [zone for zone in zones if selected_options(timezone_options(zone)) != [zone]] == []


def test_what_is_no_zone_selects_none_and_stands_nowhere() -> None:
    for typed in ("", "Mars/Phobos", "<b>", "europe/berlin"):
        html = timezone_options(typed)

        assert selected_options(html) == [], typed
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
