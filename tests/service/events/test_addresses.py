import socket
from ipaddress import ip_address

import httpcore2
import pytest

from data.base.errors import InvalidParameter
from service.access.rules import networks
from service.events.addresses import CheckedBackend, check_url, permitted


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(text):
    assert not permitted(ip_address(text), ())


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public_addresses_are_permitted(text):
    assert permitted(ip_address(text), ())


def test_a_setting_permits_further_networks_and_no_more():
    allowed = networks("10.0.0.0/8, ::1")
    assert permitted(ip_address("10.1.2.3"), allowed)
    assert permitted(ip_address("::ffff:10.1.2.3"), allowed)
    assert permitted(ip_address("::1"), allowed)
    assert not permitted(ip_address("127.0.0.1"), allowed)
    assert not permitted(ip_address("192.168.0.1"), allowed)


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "ftp://example.org/", "file:///etc/passwd", "http://example.org/hook", "https://",
        "https://ann@example.org/", "https://ann:x@example.org/", "https://example.org/#x", "https://127.0.0.1/",
        "https://[::1]/", "https://169.254.169.254/latest", "https://example.org:0/", "https://example.org:99999/",
        "https://exa mple.org/", "https://example.org/\r\nX: y", "https://[::1", "https://" + "a" * 3000,
        "https://ex\u00e4mple.org/",
    ],
)  # fmt: skip
def test_an_url_that_no_webhook_may_have_is_named(url):
    with pytest.raises(InvalidParameter) as error:
        check_url(url, allowed=())
    assert error.value.parameter == "url"


def test_urls_a_webhook_may_have():
    assert check_url("https://example.org:8443/hook?a=b", allowed=())
    assert check_url("http://10.1.2.3/hook", allowed=networks("10.0.0.0/8"))


def resolver(monkeypatch, *answers):
    """Let every name lead to the next of these lists of addresses."""
    rest = list(answers)
    asked_names = []

    def getaddrinfo(host, port, **_):
        asked_names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in rest.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked_names


def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch):
    resolver(monkeypatch, ["10.0.0.1"], ["93.184.216.34", "127.0.0.1"])
    for _ in range(2):
        with pytest.raises(httpcore2.ConnectError, match="which is not allowed"):
            CheckedBackend((), seconds=5).connect_tcp("rebind.example", 443)


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch):
    backend = CheckedBackend((), seconds=5)
    addresses = []
    monkeypatch.setattr(
        backend._backend, "connect_tcp", lambda host, *_, **__: addresses.append(host) or httpcore2.NetworkStream()
    )
    # A second look at the name would lead inside: there is none.
    resolved = resolver(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    backend.connect_tcp("rebind.example", 443)
    assert (resolved, addresses) == (["rebind.example"], ["93.184.216.34"])
