"""A reason is stored as codes and detail, read back as it was, and worded only when somebody reads it."""

import ast
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.model import CATALOGUE_FOLDER, Locale, Target
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.services.broadcasts import Audience
from digest.storage import Store
from digest.storage.types import read_reason, reason_from, reason_values
from digest.text import reason_texts
from digest.text.i18n import translator_for
from digest.text.reason_texts import QUOTES, TEXTS, reason_in_english, reason_text
from tests.support.database import NOW, subscription_service

CHAT, MAIL = Target.telegram(42), Target.email("ann@example.org")
COLUMNS = set(reason_values(None))
COMPARING = {"startswith", "endswith", "like", "removeprefix", "partition", "is_distinct_from"}
REASONS = [
    *(Reason(code) for code in ReasonCode),
    *(Reason(code, "450 {odd} (rcpt)") for code in ReasonCode),
    *(Reason(code, "what a server said").as_cause_of(ReasonCode.GIVEN_UP) for code in ReasonCode),
]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table with the columns of a reason."""

    reason_code: str | None
    reason_cause: str | None
    reason_detail: str | None


@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_is_one_plain_word_of_its_own(code: ReasonCode) -> None:
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", code.value)
    assert code.name == code.value.upper()


@pytest.mark.parametrize("reason", [None, *REASONS], ids=str)
def test_what_is_stored_is_read_back(reason: Reason | None) -> None:
    assert reason_from(*reason_values(reason).values()) == reason


def test_a_code_of_another_version_is_shown_with_all_that_is_stored() -> None:
    found = read_reason(Row("abducted", "server_reply", "550 no"))  # type: ignore[arg-type]  # as SQLAlchemy's

    assert found is not None
    assert found.code is ReasonCode.UNKNOWN
    assert reason_in_english(found) == "abducted server_reply 550 no"


def test_of_causes_in_a_row_the_first_is_kept_with_its_detail() -> None:
    given_up = server_reply("450 busy").as_cause_of(ReasonCode.MANY_UNREACHABLE)

    assert given_up.as_cause_of(ReasonCode.GIVEN_UP) == Reason(ReasonCode.GIVEN_UP, "450 busy", ReasonCode.SERVER_REPLY)


def test_every_code_has_a_sentence_or_quotes_other_people() -> None:
    assert set(TEXTS) | QUOTES == set(ReasonCode)
    assert not set(TEXTS) & QUOTES


@pytest.mark.parametrize("path", sorted(CATALOGUE_FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_every_sentence_is_translated_into_every_language(path: Path) -> None:
    tr = translator_for(Locale(path.stem))

    same = [text for text in TEXTS.values() if tr.gettext(text, detail="D") == text.format(detail="D")]

    assert same == []


@pytest.mark.parametrize("code", TEXTS)
def test_a_sentence_has_room_for_the_detail_in_every_language_or_in_none(code: ReasonCode) -> None:
    told = {locale: reason_text(translator_for(locale), Reason(code, "~the detail~")) for locale in Locale}

    shown = {"~the detail~" in text for text in told.values()}

    assert len(shown) == 1


async def test_sentences_can_be_reworded_without_touching_data(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = subscription_service(store, clock)
    await people.add_subscriber([CHAT, MAIL], ["robotics"])
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    await people.mark_unreachable(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    (mail,) = [row.id for row in await store.outbox.list_deliveries() if row.target == MAIL]
    await store.outbox.cancel([mail], NOW)
    stored = reasons_in(store)
    monkeypatch.setattr(reason_texts, "TEXTS", {code: f"reworded: {code} {{detail}}" for code in TEXTS})

    seen = {row.target: reason_in_english(row.reason) for row in await store.outbox.list_deliveries()}
    await store.outbox.resend([mail], NOW)
    await store.outbox.cancel([mail], NOW)

    assert seen == {CHAT: "reworded: bot_blocked ", MAIL: "reworded: cancelled_by_admin "}
    assert reasons_in(store) == stored == {"bot_blocked", "cancelled_by_admin"}


def test_no_code_compares_a_reason_with_words() -> None:
    found = [
        f"{path}: {ast.unparse(node)}"
        for path in sorted(Path("digest").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if compares_a_reason_with_words(node)
    ]

    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "outbox.c.reason_code == 'cancelled by an admin'",
        "row.reason_detail.startswith('the chat moved')",
        "'the chat moved' in row.reason_detail",
        "func.coalesce(endpoints.c.reason_detail, '').startswith('moved to ')",
    ],
)
def test_such_a_comparison_would_be_found(code: str) -> None:
    assert any(compares_a_reason_with_words(node) for node in ast.walk(ast.parse(code)))


def compares_a_reason_with_words(node: ast.AST) -> bool:
    """Return whether a piece of code compares a column of a reason with a text of several words."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COMPARING:
        parts = [node.func.value, *node.args]
    texts = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    names = {
        one.id if isinstance(one, ast.Name) else one.attr
        for part in parts
        for one in ast.walk(part)
        if isinstance(one, ast.Name | ast.Attribute)
    }
    return any(" " in text for text in texts) and bool(names & COLUMNS)


def reasons_in(store: Store) -> set[str]:
    """Return all that is stored of the reasons of deliveries and endpoints."""
    texts = " UNION ".join(
        f"SELECT reason_{part} FROM {table}"  # noqa: S608 - our own names
        for table in ("endpoints", "outbox")
        for part in ("code", "cause", "detail")
    )
    with closing(sqlite3.connect(store.database.url.database or "")) as connection:
        return {text for (text,) in connection.execute(texts) if text is not None}
