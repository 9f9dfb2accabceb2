"""The list of time zones in forms: what was chosen stays chosen, whatever it is."""

import re

import pytest

from digest.hours import known_zones
from digest.links import Purpose
from digest.web.zones import zone_options
from tests.web.site import ANN, Site


def selected(html: str) -> list[str]:
    """Give the options that a browser shows as chosen."""
    return re.findall(r"<option selected>([^<]*)</option>", html)


def test_every_zone_that_a_reader_may_have_is_selected_once() -> None:
    assert [zone for zone in known_zones() if selected(zone_options(zone)) != [zone]] == []


@pytest.mark.parametrize("typed", ["", "Mars/Phobos", "<b>", "europe/berlin"])
def test_what_is_no_zone_selects_none_and_stands_nowhere(typed: str) -> None:
    html = zone_options(typed)

    assert selected(html) == []
    assert not typed or typed not in html


async def test_saving_the_page_changes_no_zone_that_its_regions_do_not_list(site: Site) -> None:
    await site.house.membership.change(ANN, zone="US/Eastern")
    path = await site.path(Purpose.PREFERENCES)
    (zone,) = selected((await site.client.get(path)).text)
    hidden = await site.form(path)

    await site.client.post(path, data={**hidden, "do": "save", "scope": "all", "zone": zone})

    reader = await site.store.people.reader(ANN)
    assert reader is not None
    assert reader.preferences.zone == "US/Eastern"
