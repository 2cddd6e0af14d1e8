"""Files of the site, and whose it is: colours, logo, icons, manifest, links of the operator."""

import struct
from dataclasses import replace

import pytest

from releasecal.queries.site_settings import Operator
from support.pages import IMPRINT, PAGES, RICH, see

pytestmark = pytest.mark.slow

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle r="4"/></svg>'


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


@pytest.fixture
def owned(publish, tmp_path):
    """Return a client of a site that its operator has made his own."""
    logo = tmp_path / "logo.svg"
    logo.write_text(LOGO)
    operator = Operator(
        "Kino & Söhne", "mailto:kino@films.example", "https://k.example/imprint?a&b"
    )
    site = replace(IMPRINT, operator=operator, accent="#0b5d3b", logo=str(logo))
    return publish(RICH, site=site)[0]


def test_every_page_says_whose_it_is(owned):
    """Name, contact, imprint and a way to report a mistake, which is the contact without its own."""
    for path in PAGES:
        page = see(owned, path)
        assert "Run by Kino & Söhne" in page.text
        assert page.links().count("mailto:kino@films.example") == 2
        assert "https://k.example/imprint?a&b" in page.links()
        assert "Report a mistake" in page.text
        assert "Privacy" not in page.text


def test_what_is_not_set_is_not_shown(client):
    """Without settings there is no empty list, no logo and no second style sheet."""
    page = see(client, "/films/seven")

    assert "Run by" not in page.text
    assert page.all("img") == []
    styles = [each["href"] for each in page.all("link") if each["rel"] == "stylesheet"]
    assert styles == ["/static/style.css"]


def test_the_accent_is_that_of_the_settings(owned):
    """In the style, the icon and the manifest; a lighter one where the page is dark."""
    css = owned.get("/accent.css")

    assert css.content_type == "text/css; charset=utf-8"
    light, dark = css.text.split("@media (prefers-color-scheme: dark)")
    assert "--accent: #0b5d3b;" in light
    assert "--accent: #0b5d3b;" not in dark
    assert "#0b5d3b" in owned.get("/icon.svg").text
    assert owned.get("/site.webmanifest").json["theme_color"] == "#0b5d3b"
    styles = [each["href"] for each in see(owned, "/").all("link") if each["rel"] == "stylesheet"]
    assert styles == ["/static/style.css", "/accent.css"]


def test_the_logo_runs_nothing(owned):
    """It is a picture, also when it is opened as a page."""
    answer = owned.get("/logo")

    assert (answer.text, answer.content_type) == (LOGO, "image/svg+xml")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert see(owned, "/films/seven").all("img")[0]["src"] == "/logo"


def test_without_a_logo_there_is_none(client):
    assert client.get("/logo").status_code == 404


@pytest.mark.parametrize(("path", "size"), [("/apple-touch-icon.png", 180), ("/icon.png", 512)])
def test_icons_have_the_sizes_that_systems_want(client, path, size):
    answer = client.get(path)

    assert answer.content_type == "image/png"
    assert struct.unpack(">II", answer.data[16:24]) == (size, size)


def test_the_manifest_is_that_of_the_site(client):
    """It says its name, and each of its icons is there, in every language of the visitor."""
    manifest = client.get("/site.webmanifest?lang=de")

    assert manifest.content_type == "application/manifest+json"
    assert manifest.json["name"] == "Film releases"
    assert manifest.json["start_url"] == "/"
    for icon in manifest.json["icons"]:
        assert client.get(icon["src"]).content_type.startswith(icon["type"])
