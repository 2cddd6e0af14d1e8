"""What proxies tell of a request counts if a setting names them, and is nobody's else."""

import re
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.web.http.client_address import client_of
from releasecal.web.http.forwarded import ForwardedRequests, elements
from support.site import app_of

PROXY = [ip_network("10.0.0.0/8")]
HOME = "192.168.1.5"


@pytest.fixture
def address(publisher):
    """Return what gives the address of the calendar on the page that a visitor gets."""

    def told(peer="10.0.0.1", **headers):
        client = app_of(publisher, trusted_proxies=PROXY).test_client()
        page = client.get(
            "/", headers={"Host": HOME, **headers}, environ_base={"REMOTE_ADDR": peer}
        )
        (found,) = re.findall(r'type="text/calendar"[^>]*href="(.*?)/calendar\.ics', page.text)
        return found

    return told


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, f"http://{HOME}"),
        ({"X-Forwarded-Proto": "https"}, f"https://{HOME}"),
        ({"X-Forwarded-Proto": "gopher"}, f"http://{HOME}"),
        ({"X-Forwarded-Proto": "http, HTTPS"}, f"https://{HOME}"),
        ({"X-Forwarded-Host": "cinema:8443", "X-Forwarded-Proto": "https"}, "https://cinema:8443"),
        ({"X-Forwarded-Host": "evil/../x"}, f"http://{HOME}"),
        ({"Forwarded": "proto=https;host=cinema"}, "https://cinema"),
        (
            {"Forwarded": 'for=1.2.3.4;host=evil, for="[::1]";host="cinema:8080"'},
            "http://cinema:8080",
        ),
        ({"Forwarded": "host=other", "X-Forwarded-Host": "cinema"}, "http://cinema"),
    ],
)
def test_links_are_as_visitors_see_the_site(address, headers, told):
    """Behind a proxy that is trusted: with its scheme and host, and never with nonsense."""
    assert address(**headers) == told


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"},
        {"Forwarded": "proto=https;host=evil"},
    ],
)
def test_a_stranger_tells_nothing(address, headers):
    """Whoever is no trusted proxy can write what he wants."""
    assert address(peer="203.0.113.5", **headers) == f"http://{HOME}"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("for=203.0.113.5", "203.0.113.5"),
        ("for=198.51.100.1, for=203.0.113.5:4711", "203.0.113.5"),
        ("For=203.0.113.5;proto=http;by=10.0.0.2, for=10.0.0.7", "203.0.113.5"),
        ('for="[2001:db8:1:2:3::17]:4711"', "2001:db8:1:2::"),
        ("for=_hidden, for=unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_a_proxy_of_rfc_7239_names_its_client(header, client):
    """Without X-Forwarded-For, which wins: a proxy that writes that may pass the other one on."""
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_FORWARDED": header}

    assert client_of(environ, PROXY) == client
    both = {**environ, "HTTP_X_FORWARDED_FOR": "198.51.100.9"}
    assert client_of(both, PROXY) == "198.51.100.9"
    assert client_of(environ, []) == "10.0.0.1"


def test_elements_are_read_as_written():
    """The examples of RFC 7239 § 4, with quotes, commas inside and names of any case."""
    assert elements('for="_gazonk"') == [{"for": "_gazonk"}]
    assert elements('For="[2001:db8:cafe::17]:4711"') == [{"for": "[2001:db8:cafe::17]:4711"}]
    assert elements("for=192.0.2.60;proto=http;by=203.0.113.43") == [
        {"for": "192.0.2.60", "proto": "http", "by": "203.0.113.43"}
    ]
    assert elements("for=192.0.2.43, for=198.51.100.17") == [
        {"for": "192.0.2.43"},
        {"for": "198.51.100.17"},
    ]
    assert elements(r'host="a, \"b\"";for=c') == [{"host": 'a, "b"', "for": "c"}]


@given(
    st.dictionaries(
        st.sampled_from(["FORWARDED", "X_FORWARDED_PROTO", "X_FORWARDED_HOST"]), st.text()
    )
)
def test_any_header_is_no_error(headers):
    """And never a host or a scheme that is none."""
    environ = {"REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http", "HTTP_HOST": HOME}
    environ |= {f"HTTP_{name}": text for name, text in headers.items()}

    ForwardedRequests(lambda *_: [], PROXY)(environ, lambda *_: None)

    assert environ["wsgi.url_scheme"] in {"http", "https"}
    assert environ["HTTP_HOST"].isascii()
    assert not {*environ["HTTP_HOST"]} & {*' /\\@?#"<>\n\r'}
