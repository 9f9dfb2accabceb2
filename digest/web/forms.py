"""What people put into the forms, as values; and the proof that a stranger's form is one of ours."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from digest.domains import Taxonomy
from digest.errors import BadRequest
from digest.hours import known_zones, minute_of
from digest.keywords import LONGEST as LONGEST_KEYWORD
from digest.keywords import MOST as MOST_KEYWORDS
from digest.keywords import keywords_in
from digest.links import signed
from digest.membership import MOST_PAPERS, Choice
from digest.model import Layout, Locale, Preferences, Rhythm
from digest.words import Words

FORM_LIFE = timedelta(days=1)
"""How long a form of a stranger may stand open."""

MOST_FIELDS = 200

_DIGITS = len(str(MOST_PAPERS))
_NOT_SAID = 400
_TOO_LARGE = 413
_UTF_8 = (b"utf-8", b"utf8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields of a form as text: the last of each name, and all values of names that may repeat."""

    values: Mapping[str, str] = field(default_factory=dict)
    repeated: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Give a field, empty where it is not there."""
        return self.values.get(name, "")

    def all(self, name: str) -> Sequence[str]:
        """Give every value of a name."""
        return self.repeated.get(name, ())


async def fields_of(request: Request) -> Fields:
    """Read a form, of either encoding; files in it are left out. One that makes no sense has no fields.

    Raises ``HTTPException`` where it is larger than a request may be, or its client left in the middle of it.
    """
    try:
        form = await _form_of(request)
    except ClientDisconnect as left:
        raise HTTPException(_NOT_SAID) from left
    values = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    await form.close()
    repeated: dict[str, list[str]] = {}
    for name, value in values:
        repeated.setdefault(name, []).append(value.strip())
    return Fields(values={name: several[-1] for name, several in repeated.items()}, repeated=repeated)


async def _form_of(request: Request) -> FormData:
    # Python knows codecs that no browser names: of lone surrogates, and slow ones.
    _, named = parse_options_header(request.headers.get("content-type"))
    if named.get(b"charset", _UTF_8[0]).lower() not in _UTF_8:
        await request.body()
        return FormData()
    try:
        return await request.form(max_files=1, max_fields=MOST_FIELDS)
    except HTTPException as error:
        if error.status_code == _TOO_LARGE:
            raise
        return FormData()


def stamp(secret: bytes, now: datetime) -> str:
    """Give what proves, for a day, that a form was fetched from us."""
    minute = str(int(now.timestamp()) // 60)
    return f"{minute}.{signed(secret, f'form {minute}')}"


def is_stamped(secret: bytes, text: str, now: datetime) -> bool:
    """Tell whether a stamp is ours and young enough."""
    minute, _, proof = text.partition(".")
    if not (minute.isascii() and minute.isdigit() and len(minute) <= len(str(2**31))):
        return False
    if not hmac.compare_digest(signed(secret, f"form {minute}").encode(), proof.encode()):
        return False
    age = now.timestamp() - int(minute) * 60
    return age <= FORM_LIFE.total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form of choices: what it comes to, and what is wrong with it, by the field's name."""

    choice: Choice
    wrong: Mapping[str, str]


def sign_up_choice(fields: Fields, taxonomy: Taxonomy, words: Words, default: Preferences) -> Filled:
    """Read the choices of the sign-up page; a field that is not there is the operator's default."""
    choice, wrong = Choice(), dict[str, str]()
    _domains(fields, taxonomy, words, choice, wrong)
    _hour_and_zone(fields, words, choice, wrong, default)
    choice["locale"] = Locale(fields["locale"]) if fields["locale"] in set(Locale) else default.locale
    return Filled(choice=choice, wrong=wrong)


def preferences_choice(fields: Fields, taxonomy: Taxonomy, words: Words, now: Preferences) -> Filled:
    """Read the page of preferences; a field that is not there, or makes no sense, leaves what was chosen."""
    filled = sign_up_choice(fields, taxonomy, words, now)
    choice, wrong = filled.choice, dict(filled.wrong)
    _keywords(fields, words, choice, wrong)
    if choice.get("include", now.include):
        wrong.pop("domain", None)
    if fields["layout"] in set(Layout):
        choice["layout"] = Layout(fields["layout"])
    if fields["rhythm"] in set(Rhythm):
        choice["rhythm"] = Rhythm(fields["rhythm"])
    if fields["weekday"] in tuple("0123456"):
        choice["weekday"] = int(fields["weekday"])
    choice["empty_days"] = fields["empty_days"] == "on"
    most = fields["most"]
    if not most:
        choice["most"] = None
    elif most.isascii() and most.isdigit() and len(most) <= _DIGITS and 1 <= int(most) <= MOST_PAPERS:
        choice["most"] = int(most)
    else:
        wrong["most"] = words.say("A number from 1 to {most}, or nothing for no bound.", most=MOST_PAPERS)
    return Filled(choice=choice, wrong=wrong)


def _keywords(fields: Fields, words: Words, choice: Choice, wrong: dict[str, str]) -> None:
    for name in ("include", "mute"):
        if name not in fields.values:
            continue
        try:
            keywords = keywords_in(fields[name])
        except BadRequest:
            keywords = None
        if keywords is None or len(keywords) > MOST_KEYWORDS:
            wrong[name] = words.say(
                "Words with commas between them: at most {most}, each of at most {letters} letters.",
                most=MOST_KEYWORDS,
                letters=LONGEST_KEYWORD,
            )
        elif name == "include":
            choice["include"] = keywords
        else:
            choice["mute"] = keywords


def _domains(fields: Fields, taxonomy: Taxonomy, words: Words, choice: Choice, wrong: dict[str, str]) -> None:
    if fields["scope"] == "all":
        choice["domains"] = None
        return
    known = set(taxonomy.slugs)
    choice["domains"] = tuple(dict.fromkeys(slug for slug in fields.all("domain") if slug in known))
    if not choice["domains"]:
        wrong["domain"] = words.say("Choose at least one domain, or all of them.")


def _hour_and_zone(
    fields: Fields, words: Words, choice: Choice, wrong: dict[str, str], default: Preferences
) -> None:
    choice["minute"], choice["zone"] = default.minute, default.zone
    if hour := fields["hour"]:
        try:
            choice["minute"] = minute_of(hour[:5])
        except BadRequest:
            wrong["hour"] = words.say("An hour looks like 08:00, from 00:00 to 23:59.")
    if zone := fields["zone"]:
        if zone in known_zones():
            choice["zone"] = zone
        else:
            wrong["zone"] = words.say("Choose a time zone from the list, like Europe/Berlin.")
