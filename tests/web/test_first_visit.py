"""A first visit on a phone: by what is on the screen, from the first page to one's own calendar."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from support.browsing import CHROMIUM, IPHONE, served, visited
from support.pages import library
from support.programme import programme
from support.site import app_of

pytestmark = pytest.mark.system

PHONE = {"width": 390, "height": 844}
WANTED = {("avengers-doomsday", date(2026, 12, 16)), ("avengers-secret-wars", date(2027, 12, 15))}
WANTED_PAST = ("avengers-endgame", date(2019, 4, 24))


@dataclass
class Visitor:
    """
    A visitor with a finger: only what is on the screen can be tapped, the rest is scrolled to.

    Attributes:
        taps: What was tapped, in order.
        screens: Screens that were scrolled past.
    """

    page: object
    taps: list[str] = field(default_factory=list)
    screens: float = 0

    def tap(self, target, name):
        """Scroll to *target* and tap it."""
        self.see(target)
        target.tap()
        self.taps.append(name)

    def see(self, target):
        """Scroll by the finger until *target* is on the screen."""
        assert target.is_visible()
        before = self.page.evaluate("scrollY")
        target.scroll_into_view_if_needed()
        self.screens += abs(self.page.evaluate("scrollY") - before) / PHONE["height"]

    def write(self, target, text, name):
        self.tap(target, name)
        target.fill(text)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    publisher = library(tmp_path_factory.mktemp("site"), programme(40))
    yield app_of(publisher)
    publisher.store.close()


@pytest.fixture
def visit(request, require):
    """Return what opens the first page on a phone, as a context manager."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    browser = request.getfixturevalue("browser")

    def opened(path="/", **options):
        phone = {"viewport": PHONE, "user_agent": IPHONE, "has_touch": True, "is_mobile": True}
        return visited(browser, request.getfixturevalue("site"), path, **{**phone, **options})

    return opened


@pytest.fixture(scope="module")
def site(app):
    with served(app) as address:
        yield address


def subscribe_to(page):
    return page.get_by_role("link", name="Subscribe to this")


def calendar_of(app, page):
    """Return (film, day) of each event behind the button that subscribes, and their reminders."""
    link = subscribe_to(page).get_attribute("href")
    assert link.startswith("webcal:")
    answer = app.test_client().get(urlsplit(link)._replace(scheme="", netloc="").geturl())
    events = Calendar.from_ical(answer.data).events
    found = {(urlsplit(e["URL"]).path.rpartition("/")[2], e["DTSTART"].dt) for e in events}
    alarms = {alarm["TRIGGER"].dt for event in events for alarm in event.subcomponents}
    return found, alarms


def test_german_cinema_dates_of_the_avengers_a_week_before(app, visit):
    """Found from the first page in a minute: few taps, few screens, each by what it says."""
    with visit(locale="en-GB") as page:
        visitor = Visitor(page)
        visitor.tap(page.get_by_role("link", name="Choose what is in it"), "choose")
        form = page.locator(".builder form")
        visitor.write(form.get_by_label("Words in a title"), "avengers", "words")
        visitor.tap(form.get_by_label("In cinemas"), "cinemas")
        visitor.tap(form.get_by_label("Germany"), "Germany")
        visitor.tap(form.get_by_label("a week before"), "a week before")
        visitor.tap(form.get_by_role("button", name="Show this calendar"), "show")
        page.wait_for_url("**alarm=-P7D**")
        for shown in (page.get_by_text("Avengers: Doomsday").first, subscribe_to(page)):
            box = shown.bounding_box()
            assert box["y"] + box["height"] <= PHONE["height"]
        found, alarms = calendar_of(app, page)
    assert found == {*WANTED, WANTED_PAST}
    assert alarms == {timedelta(-7)}
    assert visitor.taps == ["choose", "words", "cinemas", "Germany", "a week before", "show"]
    assert visitor.screens <= 2
