"""What a row of another tool's export says of its owner: whoever may have left there is not taken."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.app.subscriber_csv import ConsentStatus, parse_csv

HERE = Path(__file__).parent


def read_cells(name: str) -> list[tuple[str, str]]:
    """Read a table of ``column|cell``."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(line.partition("|")[0], line.partition("|")[2]) for line in lines]


UNSUBSCRIBED_CELLS, SUBSCRIBED_CELLS = (read_cells("unsubscribed_cells.txt"), read_cells("subscribed_cells.txt"))


def refusal_reasons(*rows: tuple[str, ...], delimiter: str = ",", encoding: str = "utf-8") -> dict[str, str | None]:
    """Write rows as CSV, the first naming the columns; give why each address is not taken."""
    into = io.StringIO()
    csv.writer(into, delimiter=delimiter).writerows(rows)
    sheet = parse_csv(into.getvalue().encode(encoding))
    return {row.values["address"]: row.rejection.reason if row.rejection else None for row in sheet.rows}


@pytest.mark.parametrize(("column", "cell"), UNSUBSCRIBED_CELLS)
def test_who_left_there_or_may_have_is_not_taken(column: str, cell: str) -> None:
    assert refusal_reasons(("email", column), ("ann@example.org", cell))["ann@example.org"]


@pytest.mark.parametrize(("column", "cell"), SUBSCRIBED_CELLS)
def test_who_is_subscribed_there_is_taken(column: str, cell: str) -> None:
    assert refusal_reasons(("email", column), ("ann@example.org", cell)) == {"ann@example.org": None}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("status", "unsubscribed", ConsentStatus.UNSUBSCRIBED),
        ("status", "pending", ConsentStatus.UNCONFIRMED),
        ("状态", "待确认", ConsentStatus.UNCONFIRMED),
        ("confirmed", "0", ConsentStatus.UNCONFIRMED),
        ("status", "Gold", ConsentStatus.UNCLEAR),
        ("DOUBLE_OPT-IN", "2", ConsentStatus.UNCLEAR),
    ],
)
def test_the_reason_tells_leaving_from_what_is_not_known(column: str, cell: str, reason: ConsentStatus) -> None:
    assert refusal_reasons(("email", column), ("ann@example.org", cell)) == {"ann@example.org": reason}


EXPORTS = {
    "Substack": (
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
        "in@example.org,false,,other,false,2023-01-02T03:04:05.000Z,",
        "out@example.org,true,2027-01-02,yearly,true,2023-01-02T03:04:05.000Z,2023-02-02",
    ),
    "Buttondown": (
        "email_address,subscriber_type,creation_date,unsubscription_date,undeliverability_reason,tags",
        "in@example.org,regular,2023-01-02,,,",
        "out1@example.org,unactivated,2023-01-02,,,",
        "out2@example.org,regular,2023-01-02,2024-01-02,,",
    ),
    "Mailchimp": (
        "Email Address,First Name,OPTIN_TIME,CONFIRM_TIME,LAST_CHANGED,LEID,UNSUB_TIME,UNSUB_REASON",
        "in@example.org,Ann,,2023-01-02 03:04:05,2023-01-02,1,,",
        "out1@example.org,Bob,,2023-01-02 03:04:05,2024-01-02,2,2024-01-02 03:04:05,OTHER",
        "out2@example.org,Cat,2023-01-02 03:04:05,,2024-01-02,3,,",
    ),
    "Kit": (
        "first_name,email,state,created_at,tags",
        "Ann,in@example.org,active,2023-01-02,",
        "Bob,out1@example.org,cancelled,2023-01-02,",
        "Cat,out2@example.org,bounced,2023-01-02,",
    ),
    "Ghost": (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at",
        "1,in@example.org,Ann,,true,false,,2023-01-02,",
        "2,out1@example.org,Bob,,false,false,,2023-01-02,",
        "3,out2@example.org,Cat,,true,false,,2023-01-02,2024-01-02",
    ),
    "listmonk": (
        "uuid,email,name,attributes,status,created_at,updated_at,subscription_status",
        'u1,in@example.org,Ann,"{""city"": ""Bonn""}",enabled,2023-01-02,2023-01-02,confirmed',
        "u2,out1@example.org,Bob,{},blocklisted,2023-01-02,2023-01-02,confirmed",
        "u3,out2@example.org,Cat,{},enabled,2023-01-02,2023-01-02,unsubscribed",
        "u4,out3@example.org,Dan,{},enabled,2023-01-02,2023-01-02,unconfirmed",
    ),
    "Shopify": (
        "Email,Accepts Email Marketing,Accepts SMS Marketing,Total Orders",
        "in@example.org,yes,no,3",
        "out@example.org,no,yes,3",
    ),
    "Brevo": (
        "CONTACT ID,EMAIL,FIRSTNAME,SMS,DOUBLE_OPT-IN,EMAIL_BLACKLISTED,SMS_BLACKLISTED,ADDED_TIME",
        "1,in@example.org,Ann,,1,0,1,2023-01-02",
        "2,out1@example.org,Bob,,1,1,0,2023-01-02",
        "3,out2@example.org,Cat,,2,0,0,2023-01-02",
    ),
    "Campaign Monitor": (
        "Email Address,Name,Date Joined,Status,Consent to track",
        "in@example.org,Ann,2023-01-02,Active,No",
        "out1@example.org,Bob,2023-01-02,Unsubscribed,Yes",
        "out2@example.org,Cat,2023-01-02,Unconfirmed,Yes",
    ),
    "AWeber": (
        "Email,Name,Date Added,Status,Stop Time,Stop Method,Ad Tracking",
        "in@example.org,Ann,2023-01-02,subscribed,,,web",
        "out@example.org,Bob,2023-01-02,,2024-01-02,link,web",
    ),
    "HubSpot": (
        "ID,Email,Unsubscribed from all email,Email hard bounce reason,Marketing contact status,Lead Status",
        "1,in@example.org,,,Marketing contact,New",
        "2,out1@example.org,true,,Marketing contact,New",
        "3,out2@example.org,,UNKNOWN_USER,Marketing contact,New",
        "4,out3@example.org,,,Non-marketing contact,New",
    ),
    "Klaviyo": (
        "Email,Email Marketing Consent,Email Suppressions,SMS Marketing Consent",
        "in@example.org,SUBSCRIBED,[],NEVER_SUBSCRIBED",
        "out1@example.org,NEVER_SUBSCRIBED,[],SUBSCRIBED",
        "out2@example.org,SUBSCRIBED,USER_SUPPRESSED,SUBSCRIBED",
        "out3@example.org,,[],SUBSCRIBED",
    ),
    "Constant Contact": (
        "Email address,Email status,Email lists,SMS status",
        "in@example.org,Active,News,Unsubscribed",
        "out1@example.org,No Permissions Set,News,",
        "out2@example.org,Awaiting Confirmation,News,",
    ),
    "ActiveCampaign": (
        "Email,Subscribe Date,Unsubscribe Date,Bounced Hard Count,Bounced Date,Status",
        "in@example.org,2023-01-02,,0,,Active",
        "out1@example.org,2023-01-02,2024-01-02,0,,Active",
        "out2@example.org,2023-01-02,,0,2024-01-02,Active",
        "out3@example.org,2023-01-02,,0,,2",
    ),
    "MailerLite": (
        "Subscriber,Subscribed,Location,Sent,Opens,Status,Unsubscribed",
        "in@example.org,2023-01-02 03:04:05,Bonn,3,1,active,",
        "out@example.org,2023-01-02 03:04:05,Bonn,3,1,active,2024-01-02 03:04:05",
    ),
    "Dynamics": (
        "Full Name,Email,Do not allow Emails,Do not allow Bulk Emails",
        "Ann,in@example.org,Allow,Allow",
        "Bob,out@example.org,Allow,Do Not Allow",
    ),
    "Google Contacts": (
        "First Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value",
        "Ann,* myContacts,* Work,in@example.org,",
        "Bob,* myContacts ::: Unsubscribed,* Work,out@example.org,",
    ),
    "phpList": (
        "email,confirmed,blacklisted,optedin,bouncecount,disabled",
        "in@example.org,1,0,1,2,0",
        "out1@example.org,0,0,1,0,0",
        "out2@example.org,1,1,1,0,0",
    ),
    "a list kept by hand": (
        "姓名,邮箱,状态,退订时间,是否订阅,备注",
        "小明,in@example.org,正常,,是,",
        "小红,out1@example.org,已退订,,是,",
        "小刚,out2@example.org,正常,2024-01-02,是,",
        "小丽,out3@example.org,正常,,否,",
        "小华,out4@example.org,正常,,是,要求退订",
        "小芳,out5@example.org,无效,,是,",
    ),
}


@pytest.mark.parametrize("tool", EXPORTS)
def test_exports_of_tools_are_understood(tool: str) -> None:
    found = refusal_reasons(*csv.reader(EXPORTS[tool]))

    assert {address for address, reason in found.items() if reason is None} == {"in@example.org"}


@pytest.mark.parametrize(
    ("first", "second"),
    [("status", "status"), ("邮箱状态", "状态"), ("Email Status", "subscribed"), ("unsubscribed_at", "Status")],
)
def test_of_two_columns_the_one_that_says_left_counts(first: str, second: str) -> None:
    says = {"subscribed": "no", "unsubscribed_at": "2024-01-02"}
    head = ("email", first, second)

    for left in (1, 2):
        row = ["out@example.org", *("yes" if name == "subscribed" else "active" for name in head[1:])]
        row = [*row[:1], *("" if "_at" in head[at] else row[at] for at in (1, 2))]
        row[left] = says.get(head[left], "unsubscribed")
        assert refusal_reasons(head, tuple(row)) == {"out@example.org": ConsentStatus.UNSUBSCRIBED}


@pytest.mark.parametrize("column", ["subscribed", "opt_in", "confirmed", "是否订阅", "confirmed_at"])
def test_nothing_is_no_yes_where_others_say_yes(column: str) -> None:
    yes = "2024-01-02" if column.endswith("_at") else "yes"

    found = refusal_reasons(("email", column), ("in@example.org", yes), ("out@example.org", ""))
    alone = refusal_reasons(("email", column), ("in@example.org", ""))

    assert found["in@example.org"] is None
    assert found["out@example.org"] is not None
    assert alone == {"in@example.org": None}


HARMLESS_CELLS = st.sampled_from([one for one in SUBSCRIBED_CELLS if one[0] != "State"])


@given(
    others=st.lists(HARMLESS_CELLS, max_size=5, unique_by=lambda one: one[0]),
    left=st.sampled_from(UNSUBSCRIBED_CELLS),
    at=st.integers(0, 5),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_no_column_beside_it_hides_that_somebody_left(
    others: list[tuple[str, str]], left: tuple[str, str], at: int, delimiter: str, encoding: str
) -> None:
    columns = [*others[:at], left, *others[at:], ("email", "out@example.org")]
    names, cells = zip(*columns, strict=True)

    found = refusal_reasons(names, cells, delimiter=delimiter, encoding=encoding)

    assert found["out@example.org"] is not None


@given(
    columns=st.lists(HARMLESS_CELLS, max_size=5, unique_by=lambda one: one[0]),
    at=st.integers(0, 5),
    delimiter=st.sampled_from(",;\t|"),
)
def test_columns_that_say_nothing_keep_nobody_out(columns: list[tuple[str, str]], at: int, delimiter: str) -> None:
    names, cells = zip(*columns[:at], ("email", "in@example.org"), *columns[at:], strict=True)

    assert refusal_reasons(names, cells, delimiter=delimiter) == {"in@example.org": None}
