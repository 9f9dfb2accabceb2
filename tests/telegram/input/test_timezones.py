"""Time zones as people name them."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Locale
from digest.services.schedule import known_timezones
from digest.telegram.input.timezones import TimezoneMatch, city_name, common_timezones, find_timezone, guess_timezone

NOW = datetime(2026, 1, 24, 9, tzinfo=UTC)


def test_a_place_is_found() -> None:
    rows = [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("BERLIN", "Europe/Berlin"),
        ("柏林", "Europe/Berlin"),
        ("munich", "Europe/Berlin"),
        ("上海", "Asia/Shanghai"),
        ("北京", "Asia/Shanghai"),
        ("beijing", "Asia/Shanghai"),
        ("new york", "America/New_York"),
        ("纽约", "America/New_York"),
        ("San Francisco", "America/Los_Angeles"),
        ("Zürich", "Europe/Zurich"),
        ("hong kong", "Asia/Hong_Kong"),
        ("japan", "Asia/Tokyo"),
        ("印度", "Asia/Kolkata"),
        ("加尔各答", "Asia/Kolkata"),
        ("高雄", "Asia/Taipei"),
        ("剑桥", "Europe/London"),
        ("渥太华", "America/Toronto"),
        ("nyc", "America/New_York"),
        ("苏州", "Asia/Shanghai"),
        ("toulouse", "Europe/Paris"),
        ("Tübingen", "Europe/Berlin"),
        ("london", "Europe/London"),
        ("hyderabad", "Asia/Kolkata"),
        ("胡志明市", "Asia/Ho_Chi_Minh"),
        ("est", "America/New_York"),
        ("utc", "UTC"),
        ("GMT", "UTC"),
        ("UTC+0", "UTC"),
    ]

    assert not [(text, zone) for text, zone in rows if find_timezone(text, NOW).timezone != zone]


def test_what_may_be_several_is_offered_the_best_known_first() -> None:
    rows = [
        ("shangai", "Asia/Shanghai"),
        ("berl", "Europe/Berlin"),
        ("UTC+8", "Asia/Shanghai"),
        ("+8", "Asia/Shanghai"),
        ("东八区", "Asia/Shanghai"),
        ("UTC-5", "America/New_York"),
        ("GMT+5:30", "Asia/Kolkata"),
        ("China", "Asia/Shanghai"),
        ("Germany", "Europe/Berlin"),
        ("San José", "America/Los_Angeles"),
        ("toulose", "Europe/Paris"),
    ]

    places = {text: find_timezone(text, NOW) for text, _ in rows}
    assert [(text, places[text].suggestions[0]) for text, _ in rows] == rows
    assert not [place for place in places.values() if place.timezone or len(place.suggestions) > 3]


def test_what_is_no_place_is_nothing() -> None:
    rows = ["", "Atlantis-on-Sea!", "../../etc/passwd", "x" * 5000, "UTC+99", "+", "\x00"]

    assert not [text for text in rows if find_timezone(text, NOW) != TimezoneMatch()]


@given(zone=st.sampled_from(sorted(z for z in known_timezones() if "/" in z)))
def test_every_zone_with_a_continent_is_found_by_its_own_name(zone: str) -> None:
    assert find_timezone(zone, NOW).timezone == zone


@given(text=st.text(max_size=30))
def test_any_text_gives_zones_that_exist(text: str) -> None:
    place = find_timezone(text, NOW)

    assert {place.timezone or "UTC", *place.suggestions} <= known_timezones()


def test_a_city_is_named_in_the_readers_language() -> None:
    assert [city_name("Asia/Shanghai", locale) for locale in (Locale.EN, Locale.ZH)] == ["Shanghai", "上海"]
    assert city_name("UTC", Locale.EN) == "UTC"


def test_a_language_hints_at_a_zone() -> None:
    rows = [
        ("zh-hans", "Asia/Shanghai"),
        ("zh-TW", "Asia/Taipei"),
        ("de", "Europe/Berlin"),
        ("en-US", "America/New_York"),
        ("en-GB", "Europe/London"),
        ("pt-br", "America/Sao_Paulo"),
        ("es", "Europe/Madrid"),
        ("ja", "Asia/Tokyo"),
        ("en", "Africa/Cairo"),
        ("", "Africa/Cairo"),
        ("xx-yy-zz", "Africa/Cairo"),
        ("🙂", "Africa/Cairo"),
    ]

    assert not [(tag, zone) for tag, zone in rows if guess_timezone(tag, "Africa/Cairo") != zone]


def test_the_operators_zone_is_the_better_guess_within_its_country() -> None:
    assert guess_timezone("zh-hans", "Asia/Urumqi") == "Asia/Urumqi"
    assert guess_timezone("en-US", "America/Denver") == "America/Denver"


def test_the_zones_to_tap_run_from_west_to_east_with_ones_own_among_them() -> None:
    zones = common_timezones("Asia/Kathmandu")

    assert zones.index("America/New_York") < zones.index("Europe/London") < zones.index("Asia/Kathmandu")
    assert zones.index("Asia/Kathmandu") < zones.index("Asia/Shanghai")
    assert set(zones) <= known_timezones()


def test_a_zone_that_was_renamed_has_its_city_in_each_language() -> None:
    rows = [
        ("Asia/Kolkata", Locale.ZH, "加尔各答"),
        ("Asia/Ho_Chi_Minh", Locale.ZH, "胡志明市"),
        ("Europe/Kyiv", Locale.EN, "Kyiv"),
        ("UTC", Locale.ZH, "UTC"),
    ]

    assert not [(zone, locale, name) for zone, locale, name in rows if city_name(zone, locale) != name]


def test_every_zone_on_the_keyboard_has_a_chinese_name() -> None:
    assert [zone for zone in common_timezones("Asia/Shanghai") if city_name(zone, Locale.ZH).isascii()] == []


def test_what_comes_near_is_looked_for_only_where_it_is_asked_for() -> None:
    assert find_timezone("shangai", NOW, fuzzy=False).suggestions == ()
    assert find_timezone("San José", NOW, fuzzy=False).suggestions != ()


def test_the_world_is_no_place() -> None:
    assert not [text for text in ("world", "世界", "World") if find_timezone(text, NOW).timezone]
