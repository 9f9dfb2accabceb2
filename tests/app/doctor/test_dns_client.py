"""Nothing, nobody who answers, and a denial that cannot be believed are three things."""

import pytest

from digest.app.doctor.dns_client import DnsAnswer, DnsClient, DnsUnavailable, parse_server
from digest.model.errors import InvalidInput
from tests.app.doctor.conftest import IMPATIENT, PATIENT
from tests.support.dns_server import DnsServer


@pytest.fixture
def dns_client(dns: DnsServer) -> DnsClient:
    return DnsClient(server=dns.address, timeout=PATIENT)


async def test_long_texts_come_joined(dns: DnsServer, dns_client: DnsClient) -> None:
    dns.add("example.org", "TXT", "k" * 600, "v=spf1 -all")

    looked = await dns_client.txt("example.org")

    assert sorted(looked.values) == ["k" * 600, "v=spf1 -all"]


async def test_the_preferred_mail_host_comes_first(dns: DnsServer, dns_client: DnsClient) -> None:
    dns.add("example.org", "MX", "20 second.example.org.", "5 first.example.org.")

    assert await dns_client.mx("example.org") == DnsAnswer(values=("first.example.org", "second.example.org"))


async def test_addresses_are_of_both_kinds(dns: DnsServer, dns_client: DnsClient) -> None:
    dns.add("mail.example.org", "A", "192.0.2.1")
    dns.add("mail.example.org", "AAAA", "2001:db8::1")

    assert await dns_client.addresses("mail.example.org") == DnsAnswer(values=("192.0.2.1", "2001:db8::1"))


async def test_a_name_that_does_not_exist_is_missing(dns: DnsServer, dns_client: DnsClient) -> None:
    dns.add("example.org", "A", "192.0.2.1")

    assert await dns_client.txt("nowhere.org") == DnsAnswer(missing="nowhere.org does not exist")
    assert await dns_client.txt("example.org") == DnsAnswer(missing="example.org has no TXT record")


async def test_a_server_that_denies_the_whole_top_level_domain_is_not_believed(dns_client: DnsClient) -> None:
    with pytest.raises(DnsUnavailable, match=r"denies all of \.net"):
        await dns_client.txt("example.net")


async def test_a_server_that_answers_for_its_own_names_alone_is_believed(dns_client: DnsClient, dns: DnsServer) -> None:
    dns.add("example.net", "A", "192.0.2.1")
    dns.fail("net.", "REFUSED")
    dns.fail("other.example.net", "NXDOMAIN")

    assert (await dns_client.txt("other.example.net")).missing


@pytest.mark.parametrize("fault", ["SERVFAIL", "REFUSED"])
async def test_a_server_that_fails_says_nothing(dns: DnsServer, dns_client: DnsClient, fault: str) -> None:
    dns.fail("example.org", fault)

    with pytest.raises(DnsUnavailable, match=fault):
        await dns_client.txt("example.org")


async def test_silence_says_nothing(dns: DnsServer) -> None:
    dns.drop_queries()

    with pytest.raises(DnsUnavailable, match="no answer"):
        await DnsClient(server=dns.address, timeout=IMPATIENT).txt("example.org")


async def test_a_name_that_cannot_be_asked_says_nothing(dns_client: DnsClient) -> None:
    for name in ("a..b", "x" * 70 + ".org"):
        with pytest.raises(DnsUnavailable):
            await dns_client.txt(name)


def test_a_server_is_named_by_host_and_port() -> None:
    rows = [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("[::1]:5353", ("::1", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("ns.example.org", ("ns.example.org", 53)),
    ]

    assert [text for text, server in rows if parse_server(text) != server] == []


def test_anything_else_is_refused() -> None:
    for text in ("", "a b", "1.1.1.1:0", "1.1.1.1:70000", "host:port"):
        with pytest.raises(InvalidInput):
            parse_server(text)
