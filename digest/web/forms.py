"""What people put into the forms, as values; and the proof that a stranger's form is one of ours."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from digest.model import Locale, PreferenceChanges, Preferences
from digest.model.errors import InvalidInput
from digest.model.links import hmac_sign
from digest.papers.domains import Taxonomy
from digest.papers.keywords import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, parse_keywords
from digest.services.preferences import (
    FIELDS,
    FREQUENCY,
    WEEKDAY,
    ChoiceField,
    FlagField,
    KeywordsField,
    NumberField,
    PreferenceField,
    TimeField,
    WeekdayField,
)
from digest.services.schedule import known_timezones, parse_time
from digest.text.i18n import Translator

MAX_FORM_AGE = timedelta(days=1)
"""How long a form of a stranger may stand open."""

MAX_FIELDS = 200

OPTION_FIELDS = tuple(
    one for group in ("when", "keywords", "") for one in FIELDS if one.form_label and one.form_group == group
)
"""The preferences that the form asks for by their kind, in its order."""

_BAD_REQUEST = 400
_TOO_LARGE = 413
_UTF_8 = (b"utf-8", b"utf8")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFields:
    """The fields of a form as text: the last of each name, and all values of names that may repeat."""

    values: Mapping[str, str] = field(default_factory=dict)
    all_values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return a field, empty where it is not there."""
        return self.values.get(name, "")

    def get_all(self, name: str) -> Sequence[str]:
        """Return every value of a name."""
        return self.all_values.get(name, ())


async def read_form(request: Request) -> FormFields:
    """Read a form, of either encoding; files in it are left out. One that makes no sense has no fields.

    Raises ``HTTPException`` where it is larger than a request may be, or its client left in the middle of it.
    """
    try:
        form = await _read_form_data(request)
    except ClientDisconnect as left:
        raise HTTPException(_BAD_REQUEST) from left
    values = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    await form.close()
    repeated: dict[str, list[str]] = {}
    for name, value in values:
        repeated.setdefault(name, []).append(value.strip())
    return FormFields(values={name: several[-1] for name, several in repeated.items()}, all_values=repeated)


async def _read_form_data(request: Request) -> FormData:
    # Python knows codecs that no browser names: of lone surrogates, and slow ones.
    _, named = parse_options_header(request.headers.get("content-type"))
    if named.get(b"charset", _UTF_8[0]).lower() not in _UTF_8:
        await request.body()
        return FormData()
    try:
        return await request.form(max_files=1, max_fields=MAX_FIELDS)
    except HTTPException as error:
        if error.status_code == _TOO_LARGE:
            raise
        return FormData()


def create_form_token(secret: bytes, now: datetime) -> str:
    """Return what proves, for a day, that a form was fetched from us."""
    minute = str(int(now.timestamp()) // 60)
    return f"{minute}.{hmac_sign(secret, f'form {minute}')}"


def is_valid_form_token(secret: bytes, token: str, now: datetime) -> bool:
    """Return whether a stamp is ours and young enough."""
    minute, _, proof = token.partition(".")
    if not (minute.isascii() and minute.isdigit() and len(minute) <= len(str(2**31))):
        return False
    if not hmac.compare_digest(hmac_sign(secret, f"form {minute}").encode(), proof.encode()):
        return False
    age = now.timestamp() - int(minute) * 60
    return age <= MAX_FORM_AGE.total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedForm:
    """A form of choices: what it comes to, and what is wrong with it, by the field's name."""

    changes: PreferenceChanges
    errors: Mapping[str, str]


def parse_signup_form(fields: FormFields, taxonomy: Taxonomy, tr: Translator, defaults: Preferences) -> ParsedForm:
    """Read the choices of the sign-up page; a field that is not there is the operator's default."""
    choice, wrong = PreferenceChanges(), dict[str, str]()
    _read_domains(fields, taxonomy, tr, choice, wrong)
    _read_time_and_zone(fields, tr, choice, wrong, defaults)
    choice["locale"] = Locale(fields["locale"]) if fields["locale"] in set(Locale) else defaults.locale
    return ParsedForm(changes=choice, errors=wrong)


def parse_preferences_form(fields: FormFields, taxonomy: Taxonomy, tr: Translator, current: Preferences) -> ParsedForm:
    """Read the page of preferences; a field that is not there, or makes no sense, leaves what was chosen."""
    filled = parse_signup_form(fields, taxonomy, tr, current)
    changes, errors = filled.changes, dict(filled.errors)
    for field_ in (FREQUENCY, WEEKDAY, *OPTION_FIELDS):
        _read_option(field_, fields, tr, changes, errors)
    if changes.get("include_keywords", current.include_keywords):
        errors.pop("domain", None)
    return ParsedForm(changes=changes, errors=errors)


def form_value(preference: PreferenceField, preferences: Preferences, tr: Translator) -> str:
    """Return what a field of the form holds for what is chosen."""
    value = preference.get(preferences)
    match preference:
        case TimeField():
            return tr.format_time(value)
        case KeywordsField():
            return tr.gettext(", ").join(value)
        case FlagField():
            return "on" if value else ""
        case _:
            return "" if value is None else str(value)


def _read_option(
    preference: PreferenceField, fields: FormFields, tr: Translator, changes: PreferenceChanges, errors: dict[str, str]
) -> None:
    name = preference.form_name
    text = fields[name]
    match preference:
        case FlagField():
            changes.update(preference.change_to(text == "on"))
        case ChoiceField():
            if option := next((option for option in preference.options if option.value == text), None):
                changes.update(preference.change_to(option.value))
        case WeekdayField():
            if text in tuple("0123456"):
                changes.update(preference.change_to(int(text)))
        case NumberField(maximum=maximum):
            is_number = text.isascii() and text.isdigit() and len(text) <= len(str(maximum))
            if not text or (is_number and 1 <= int(text) <= maximum):
                changes.update(preference.change_to(int(text) if text else None))
            else:
                errors[name] = tr.gettext(
                    "Enter a number from 1 to {most}, or leave it empty for no limit.", most=maximum
                )
        case KeywordsField() if name in fields.values:
            _read_keywords(preference, text, tr, changes, errors)
        case _:
            pass


def _read_keywords(
    preference: KeywordsField, text: str, tr: Translator, changes: PreferenceChanges, errors: dict[str, str]
) -> None:
    try:
        keywords = parse_keywords(text)
        preference.validate(keywords)
    except InvalidInput:
        errors[preference.form_name] = tr.gettext(
            "Separate keywords with commas: at most {most}, each of at most {letters} characters.",
            most=MAX_KEYWORDS,
            letters=MAX_KEYWORD_LENGTH,
        )
    else:
        changes.update(preference.change_to(keywords))


def _read_domains(
    fields: FormFields, taxonomy: Taxonomy, tr: Translator, changes: PreferenceChanges, errors: dict[str, str]
) -> None:
    if fields["scope"] == "all":
        changes["domains"] = None
        return
    known = set(taxonomy.slugs)
    changes["domains"] = tuple(dict.fromkeys(slug for slug in fields.get_all("domain") if slug in known))
    if not changes["domains"]:
        errors["domain"] = tr.gettext("Choose at least one domain, or all domains.")


def _read_time_and_zone(
    fields: FormFields, tr: Translator, changes: PreferenceChanges, errors: dict[str, str], defaults: Preferences
) -> None:
    changes["send_minute"], changes["timezone"] = defaults.send_minute, defaults.timezone
    if hour := fields["hour"]:
        try:
            changes["send_minute"] = parse_time(hour[:5])
        except InvalidInput:
            errors["hour"] = tr.gettext("Enter a time such as 08:00, from 00:00 to 23:59.")
    if zone := fields["zone"]:
        if zone in known_timezones():
            changes["timezone"] = zone
        else:
            errors["zone"] = tr.gettext("Choose a time zone from the list, such as Europe/Berlin.")
