"""A row becomes a wish: an address, and what its reader gets; or the reason why it makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from digest.app.roster.export import NOTHING, PREFERRED
from digest.app.roster.sheet import Row
from digest.domains import Taxonomy
from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.hours import minute_of
from digest.keywords import keywords_in
from digest.membership import Choice, check_choice
from digest.model import Channel, Layout, Locale, Preferences, Rhythm, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one row asks for; ``group`` is the same for rows that are one reader, "" for a reader alone."""

    row: Row
    target: Target
    preferences: Preferences
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonsense:
    """A row that cannot be taken: ``reason`` is short and counted, ``detail`` says more."""

    row: Row
    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Understanding:
    """Reads rows; what many rows have in common is understood once."""

    taxonomy: Taxonomy
    defaults: Preferences
    _known: dict[tuple[str, ...], Preferences | tuple[str, str]] = field(default_factory=dict)

    def wish_of(self, row: Row) -> Wish | Nonsense:
        """Give what a row asks for, or why it makes no sense."""
        address = row.values.get("address", "").removeprefix("'")
        if not address:
            return Nonsense(row=row, reason="no address")
        if row.left:
            return Nonsense(row=row, reason="not subscribed there", detail=row.left)
        try:
            target = target_of(_channel(row.values.get("channel", "email")), address)
        except BadRequest as error:
            return Nonsense(row=row, reason="no valid address", detail=str(error))
        understood = self._preferences(row.values)
        if isinstance(understood, tuple):
            reason, detail = understood
            return Nonsense(row=row, reason=reason, detail=detail)
        number = row.values.get("subscriber", "")
        return Wish(row=row, target=target, preferences=understood, group=number if number.isdigit() else "")

    def _preferences(self, values: Mapping[str, str]) -> Preferences | tuple[str, str]:
        key = tuple(values.get(name, "") for name in PREFERRED)
        if key not in self._known:
            self._known[key] = self._understood(values)
        return self._known[key]

    def _understood(self, values: Mapping[str, str]) -> Preferences | tuple[str, str]:
        text = values.get("domains", "")
        if text == NOTHING and not values.get("include"):
            return "follows nothing there", ""
        chosen = self.taxonomy.choose(text)
        if text and text != NOTHING and chosen.unknown:
            return "unknown domain", ", ".join(one.word for one in chosen.unknown)
        try:
            choice = _choice(values)
            check_choice(choice)
        except (BadRequest, ValueError) as error:
            return "a value makes no sense", str(error)
        choice["domains"] = None if not text or chosen.everything else chosen.slugs
        if text == NOTHING:
            choice["domains"] = ()
        return replace(self.defaults, **choice)


def target_of(channel: Channel, address: str) -> Target:
    """Give the target that words name; raises ``BadRequest`` where they name none."""
    if channel is Channel.EMAIL:
        return Target.email(normal_address(address))
    try:
        return Target.telegram(int(address))
    except ValueError as error:
        raise BadRequest(f"{address!r} is no numeric chat id") from error


def _channel(text: str) -> Channel:
    try:
        return Channel(text.lower())
    except ValueError as error:
        raise BadRequest(f"{text!r} is no channel: email or telegram") from error


def _choice(values: Mapping[str, str]) -> Choice:
    choice = Choice()
    if hour := values.get("hour"):
        choice["minute"] = minute_of(hour)
    if zone := values.get("zone"):
        choice["zone"] = zone
    if rhythm := values.get("rhythm"):
        choice["rhythm"] = Rhythm(rhythm.lower())
    # Other tools write en-US; a language that we do not speak gets the default.
    if (locale := values.get("locale", "")[:2].lower()) in set(Locale):
        choice["locale"] = Locale(locale)
    if most := values.get("most"):
        choice["most"] = int(most)
    if "empty" in values:
        choice["empty_days"] = values["empty"] == "on"
    return choice | _look(values)


def _look(values: Mapping[str, str]) -> Choice:
    choice = Choice()
    if layout := values.get("layout"):
        choice["layout"] = Layout(layout.lower())
    if "quiet" in values:
        choice["silent"] = values["quiet"] == "on"
    if include := values.get("include", "").removeprefix("'"):
        choice["include"] = keywords_in(include)
    if mute := values.get("mute", "").removeprefix("'"):
        choice["mute"] = keywords_in(mute)
    return choice
