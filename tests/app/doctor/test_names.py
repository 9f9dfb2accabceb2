"""Nothing, nobody who answers, and a denial that cannot be believed are three things."""

import pytest

from digest.app.doctor.names import Found, Missing, Names, Unknown, server_of
from digest.errors import BadRequest
from tests.app.doctor.conftest import PATIENCE
from tests.support.dns_server import DnsServer


@pytest.fixture
def names(dns: DnsServer) -> Names:
    return Names(server=dns.address, patience=PATIENCE)


async def test_long_texts_come_joined(dns: DnsServer, names: Names) -> None:
    dns.add("example.org", "TXT", "k" * 600, "v=spf1 -all")

    looked = await names.texts("example.org")

    assert isinstance(looked, Found)
    assert sorted(looked.values) == ["k" * 600, "v=spf1 -all"]


async def test_the_preferred_mail_host_comes_first(dns: DnsServer, names: Names) -> None:
    dns.add("example.org", "MX", "20 second.example.org.", "5 first.example.org.")

    assert await names.mail_hosts("example.org") == Found(values=("first.example.org", "second.example.org"))


async def test_addresses_are_of_both_kinds(dns: DnsServer, names: Names) -> None:
    dns.add("mail.example.org", "A", "192.0.2.1")
    dns.add("mail.example.org", "AAAA", "2001:db8::1")

    assert await names.addresses("mail.example.org") == Found(values=("192.0.2.1", "2001:db8::1"))


async def test_a_name_that_does_not_exist_is_missing(dns: DnsServer, names: Names) -> None:
    dns.add("example.org", "A", "192.0.2.1")

    assert await names.texts("nowhere.org") == Missing(why="nowhere.org does not exist")
    assert await names.texts("example.org") == Missing(why="example.org has no TXT record")


async def test_a_server_that_denies_the_whole_top_level_domain_is_not_believed(names: Names) -> None:
    looked = await names.texts("example.net")

    assert isinstance(looked, Unknown)
    assert "denies all of .net" in looked.why


async def test_a_server_that_answers_for_its_own_names_alone_is_believed(
    names: Names, dns: DnsServer
) -> None:
    dns.add("example.net", "A", "192.0.2.1")
    dns.fail("net.", "REFUSED")
    dns.fail("other.example.net", "NXDOMAIN")

    assert isinstance(await names.texts("other.example.net"), Missing)


@pytest.mark.parametrize("fault", ["SERVFAIL", "REFUSED"])
async def test_a_server_that_fails_says_nothing(dns: DnsServer, names: Names, fault: str) -> None:
    dns.fail("example.org", fault)

    looked = await names.texts("example.org")

    assert isinstance(looked, Unknown)
    assert fault in looked.why


async def test_silence_says_nothing(dns: DnsServer, names: Names) -> None:
    dns.silence()

    looked = await names.texts("example.org")

    assert isinstance(looked, Unknown)
    assert "no answer" in looked.why


async def test_a_name_that_cannot_be_asked_says_nothing(names: Names) -> None:
    assert isinstance(await names.texts("a..b"), Unknown)
    assert isinstance(await names.texts("x" * 70 + ".org"), Unknown)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("[::1]:5353", ("::1", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("ns.example.org", ("ns.example.org", 53)),
    ],
)
def test_a_server_is_named_by_host_and_port(text: str, server: tuple[str, int]) -> None:
    assert server_of(text) == server


@pytest.mark.parametrize("text", ["", "a b", "1.1.1.1:0", "1.1.1.1:70000", "host:port"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        server_of(text)
