"""Every page in a browser: on small and large screens, in both directions, with and without scripts."""

import gzip
import re
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from justhtml import JustHTML

from releasecal.core.languages import LANGUAGES
from support.browsing import CHROMIUM, DESKTOP, PHONE, served, visited
from support.pages import PAGES, RICH, library, moved
from support.site import app_of

pytestmark = pytest.mark.system

EVERY_PAGE = [*PAGES, "/status", "/sources"]
ERRORS = ["/nowhere", "/films/sevn", "/?kind=theatre"]
SETTINGS = {
    "a desk, light": ("en", {"viewport": DESKTOP, "color_scheme": "light"}),
    "a phone, dark, right to left": ("ar", {"viewport": PHONE, "color_scheme": "dark"}),
    "a phone without scripts": ("ja", {"viewport": PHONE, "java_script_enabled": False}),
}
MAX_OCTETS = 100_000
MAX_BLOCKING = 1
"""Files that a browser waits for before it shows anything: the style sheet."""

_WIDTH = "document.documentElement.scrollWidth"
_BLOCKING = """
() => performance.getEntriesByType('resource')
  .filter((one) => one.renderBlockingStatus === 'blocking').map((one) => one.name)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve a rich catalogue after a change; give its address."""
    publisher = library(tmp_path_factory.mktemp("pages"), RICH, moved(*RICH, eight="2028-07-07"))
    with served(app_of(publisher)) as address:
        yield address
    publisher.store.close()


@pytest.fixture
def visit(request, require):
    """Return what opens a page in a language, as a context manager."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    site, browser = request.getfixturevalue("site"), request.getfixturevalue("browser")

    def opened(path, lang, **options):
        return visited(browser, site, spoken(path, lang), locale=lang, **options)

    return opened


def spoken(path, lang):
    return path if lang == "en" else f"{path}{'&' if '?' in path else '?'}lang={lang}"


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_page_is_whole_everywhere(visit, path):
    """
    Nothing sticks out, nothing fails, and axe finds nothing.

    Each setting differs in all ways from the others; whatever breaks in one shows in it.
    """
    for name, (lang, options) in SETTINGS.items():
        with visit(path, lang, **options) as page:
            html = page.locator("html")
            assert html.get_attribute("lang") == lang
            assert html.get_attribute("dir") == LANGUAGES[lang].direction
            assert page.get_by_role("heading", level=1).count() == 1, name
            assert page.evaluate(_WIDTH) <= options["viewport"]["width"], name
            if options.get("java_script_enabled", True):
                assert findings(page) == [], name


def findings(page):
    """Return what axe-core finds on *page*, with everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_a_page_is_small_and_valid(site, path, lang):
    """Without pictures it has 100 KB, the parser of WHATWG has no complaint, and ids are unique."""
    with urlopen(site + spoken(path, lang)) as answer:
        source = answer.read()

    assert len(source) <= MAX_OCTETS
    JustHTML(source.decode(), strict=True)
    text = source.decode()
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len({*ids})
    pointed = re.findall(r'\b(?:for|aria-labelledby|aria-describedby)="([^"]*)"', text)
    assert {*pointed} <= {*ids}
    assert len(gzip.compress(source)) < MAX_OCTETS / 4


def test_a_page_waits_for_one_round_trip(visit):
    """The style sheet is all that a browser needs before it shows a page."""
    for path in EVERY_PAGE:
        with visit(path, "en") as page:
            assert len(page.evaluate(_BLOCKING)) <= MAX_BLOCKING, path


@pytest.mark.parametrize("path", ERRORS)
def test_an_error_is_a_page_too(request, site, path, require):
    """In the language of the visitor, and without a finding of axe."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    context = request.getfixturevalue("browser").new_context(viewport=PHONE, locale="ar")
    page = context.new_page()
    page.goto(site + path)

    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.evaluate(_WIDTH) <= PHONE["width"]
    assert findings(page) == []
    context.close()


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_language_fits_a_phone(visit, code):
    """The longest words of each stay within the narrowest screen."""
    for path in ("/", "/films/seven"):
        with visit(path, code, viewport={"width": 320, "height": 740}) as page:
            page.evaluate(
                "document.querySelectorAll('details').forEach((one) => (one.open = true))"
            )
            assert page.evaluate(_WIDTH) <= 320, path


def test_the_form_is_filled_and_sent_by_the_keyboard(visit):
    """From the first field to the button, with the calendar's address as the answer."""
    with visit("/", "en") as page:
        page.get_by_label("Words in a title").focus()
        page.keyboard.type("seven")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=seven**")
        assert "q=seven" in page.get_by_label("The calendar’s address").input_value()


def test_every_control_reaches_the_calendar(visit):
    """Each box that is ticked, and each other choice of a list, is in the address of the feed."""
    with visit("/", "en") as page:
        form = page.locator(".builder form")
        boxes = form.locator("input[type=checkbox]")
        names = {box.get_attribute("name") for box in boxes.all()}
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        for name in names:
            form.locator(f"input[name={name}]").first.check()
        lists = form.locator("select").all()
        for each in lists:
            each.select_option(index=1)
        names |= {each.get_attribute("name") for each in lists}
        form.get_by_role("button").last.click()
        page.wait_for_load_state()
        ticked = page.locator(".builder form input:checked")
        assert {box.get_attribute("name") for box in ticked.all()} <= names
        assert ticked.count() >= len(names) - len(lists)
