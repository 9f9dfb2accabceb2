"""Names of hosts: which are full, and which stand in an address of pages."""

import pytest

from digest.model.host_name import find_host_name, is_address_literal, is_full_host_name


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("mail.example.org", True),
        ("ip-10-0-0-1.ec2.internal", True),
        ("xn--fsqu00a.xn--0zwm56d", True),
        ("localhost", False),
        ("localhost.localdomain", False),
        ("box", False),
        ("", False),
        ("127.0.0.1", False),
        ("mail_1.example.org", False),
        ("-a.example.org", False),
        ("mail.example.org\r\nMAIL", False),
        ("a." * 127 + "org", False),
    ],
)
def test_a_full_host_name_has_several_labels_and_is_not_of_this_machine_alone(text: str, full: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_full_host_name(text) is full


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://digest.example.org/x", "digest.example.org"),
        ("https://Digest.Example.org:8443", "digest.example.org"),
        ("https://例子.测试/", "xn--fsqu00a.xn--0zwm56d"),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
        ("http://localhost:8080", None),
        ("http://box", None),
        (None, None),
    ],
)
def test_pages_at_a_full_name_give_the_name_for_mail(url: str | None, host: str | None) -> None:
    assert find_host_name(url) == host


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("[192.0.2.1]", True),
        ("[IPv6:2001:db8::1]", True),
        ("[2001:db8::1]", False),
        ("[IPv6:192.0.2.1]", False),
        ("192.0.2.1", False),
        ("[mail.example.org]", False),
        ("[1.2.3]", False),
    ],
)
def test_an_address_stands_in_brackets_with_its_kind(text: str, literal: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_address_literal(text) is literal
