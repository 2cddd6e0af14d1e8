"""Subscribing: the right way first, each link in its documented form, small print where it applies."""

import re
from html import unescape

import pytest

from releasecal.queries.site_settings import SiteSettings
from releasecal.web.http.devices import Device, device_of
from releasecal.web.pages.subscription_steps import WAYS
from support.pages import RICH, Page, see

pytestmark = pytest.mark.slow

AGENTS = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15": Device.IPHONE,
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15": Device.IPHONE,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15": Device.MAC,
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0": Device.ANDROID,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36": Device.WINDOWS,
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0": Device.LINUX,
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36": Device.LINUX,
    "": Device.OTHER,
    "curl/8" + "x" * 10_000 + "iPhone": Device.OTHER,
}
FIRST = {
    Device.IPHONE: "Apple: iPhone, iPad, Mac",
    Device.MAC: "Apple: iPhone, iPad, Mac",
    Device.ANDROID: "Android: ICSx⁵",
    Device.WINDOWS: "Outlook.com",
    Device.LINUX: "Thunderbird",
    Device.OTHER: "Google Calendar",
}


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


def summaries(source):
    return [
        unescape(each)
        for each in re.findall(r'name="way".*?<summary>(.*?)</summary>', source, re.DOTALL)
    ]


@pytest.mark.parametrize(("agent", "device"), AGENTS.items())
def test_a_browser_tells_its_device(agent, device):
    assert device_of(agent) is device


@pytest.mark.parametrize(("agent", "device"), AGENTS.items())
def test_the_visitors_own_way_comes_first_and_is_open(client, agent, device):
    """All others follow, folded, each once; one after another visitor is not given his page."""
    for _ in range(2):
        answer = client.get("/films/seven", headers={"User-Agent": agent})
        found = summaries(answer.text)
        assert found[0] == FIRST[device]
        assert answer.text.count('<details class="way" name="way" open>') == 1
        assert len(found) == len(set(found)) == len(WAYS) + (3 if device.is_phone else 4)
        assert "User-Agent" in answer.headers["Vary"]


LONG = "alarm=-P7D,-P1D,PT9H&cancelled=keep&kind=streaming,theatrical&region=IT,US&undated=span"
PAGES = (
    "/",
    "/?kind=theatrical&region=IT,US",
    f"/?{LONG}",
    "/films/hostile",
    "/series/saga?lang=de",
)


def test_each_link_has_its_documented_form(client, golden):
    """As pages have them: Google wants webcal inside, Outlook https; all is encoded once."""
    lines = []
    for path in PAGES:
        source = client.get(path).text.partition('<section class="subscribe"')[2]
        lines.append(f"────── {path}")
        for way in source.partition("</section>")[0].split('<details class="way"')[1:]:
            name = re.search(r"<summary>(.*?)</summary>", way)[1]
            lines += [
                f"{unescape(name)}: {unescape(to)}" for to in re.findall(r'href="(.*?)"', way)
            ]

    golden("subscription_links.txt", ("\n".join(lines) + "\n").encode())


def test_every_way_says_when_a_change_shows_and_how(client):
    """Steps, a button, and a sentence on time; the apps that cannot subscribe are named."""
    source = see(client, "/").source
    for way in source.split('<details class="way"')[1:8]:
        assert 'class="button"' in way
        assert way.count("<li>") >= 2
    text = see(client, "/").text
    assert "A change shows within a day; Google decides when it looks." in text
    assert "Google’s app cannot subscribe: use ICSx⁵, or Google Calendar on a computer." in text
    assert "A copy does not update when dates move." in text
    assert "/undo.ics" in "".join(see(client, "/").links())


def test_one_tap_subscribes_where_that_works(client):
    """On Apple's systems; elsewhere the button leads to the way of the visitor's device."""
    for agent, device in AGENTS.items():
        page = Page(client.get("/films/seven", headers={"User-Agent": agent}).text)
        first = next(each for each in page.links() if each.startswith(("webcal:", "#sub")))
        opens = device in (Device.IPHONE, Device.MAC)
        assert first == ("webcal://films.example/films/seven.ics" if opens else "#subscribe")


def test_a_qr_code_leads_to_the_page_on_the_phone(client):
    """Not on the phone itself; a long selection has a short address that leads to its page."""
    iphone = {"User-Agent": next(iter(AGENTS))}
    assert 'class="qr"' in see(client, "/films/seven").source
    assert 'class="qr"' not in client.get("/films/seven", headers=iphone).text
    query = "alarm=-P7D,-P1D,PT9H&cancelled=keep&kind=streaming,theatrical&lang=de&region=IT,US&undated=span"
    address = see(client, f"/?{query}").address
    short = address.removeprefix("https://films.example").rpartition("/")[0]
    answer = client.get(short)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/?{query}"
    assert client.get("/c/nonsense", headers={"Accept": "text/html"}).status_code == 404


def test_small_print_stands_where_it_applies(publish):
    """That Google cannot reach it, for an address at home; and no code that leads to localhost."""
    client, _ = publish(RICH, site=SiteSettings())
    for host, is_private, has_code in (("nas:8000", True, True), ("localhost:8000", True, False)):
        page = Page(client.get("/", headers={"Host": host}).text)
        assert ("works on this machine or network only" in page.text) is is_private
        assert ('class="qr"' in page.source) is has_code


def test_one_network_is_public(client):
    assert "works on this machine or network only" not in see(client, "/").text


def test_pages_stay_small(client):
    """Under 100 KB before pictures, with the code and all steps."""
    for path in ("/", "/films/seven", "/series/saga"):
        assert len(client.get(path).data) < 100_000
