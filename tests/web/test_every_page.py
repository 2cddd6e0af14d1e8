"""Every page in a browser, on each screen: whole, readable, light, within the keyboard's reach."""

from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from itertools import product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from werkzeug.routing import Rule

from releasecal.core.dates import PartialDate
from releasecal.core.languages import LANGUAGES
from releasecal.errors import as_problem
from releasecal.queries.query_token import pack
from releasecal.store import RefreshStatus
from support.browsing import CHROMIUM, DESKTOP, IPHONE, PHONE, UNFOLD, Watched, served
from support.build import NOW
from support.pages import ERRORS, EVERY_PAGE, RICH, library, moved
from support.site import app_of

pytestmark = pytest.mark.system

FRAMES = ("/embed",)
OPTIONAL = ("/logo", "/posters/")
ARGUMENTS = {
    "film_id": "seven",
    "film": "seven",
    "id_": "seven",
    "series_id": "saga",
    "series": "saga",
    "kind": "theatrical",
    "region": "us",
    "release": "theatrical.us",
    "name": "all",
    "token": pack("kind=theatrical"),
    "filename": "style.css",
    "number": 1,
    "digest": "0" * 64,
}
"""A value for each argument of an address that the site has."""

SCREENS = {
    "phone": {
        "viewport": PHONE,
        "user_agent": IPHONE,
        "has_touch": True,
        "is_mobile": True,
    },
    "desktop": {"viewport": DESKTOP},
}
WIDTHS = {"phone": (320, 360, 480), "desktop": (768, 1200)}
LANGUAGE = {"ltr": "en", "rtl": "ar"}
AXE = {
    ("phone", True, "rtl"): "light",
    ("desktop", True, "ltr"): "dark",
    ("phone", False, "ltr"): "dark",
    ("desktop", False, "rtl"): "light",
}
"""The screens on which axe looks, each in the light or the dark: two of all conditions meet."""

MAX_OCTETS = 100_000
"""Of a page with its style sheet and scripts, before any coding and without pictures."""

MAX_ELEMENTS, MAX_DEPTH, MAX_CHILDREN = 1_400, 32, 60
"""Lighthouse's limits of a page: above them it calls a page too large."""

MAX_SHIFT = 0.02
"""Of Lighthouse's cumulative layout shift, whose good pages stay below 0.1."""

WATCH = """
  window.shift = 0;
  window.largest = null;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
  }).observe({type: 'layout-shift', buffered: true});
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) window.largest = each;
  }).observe({type: 'largest-contentful-paint', buffered: true});
"""
"""Adds up by how much what is painted moves, and keeps the largest thing that is."""

BUDGET = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let at = 0; at < 2 || (!window.largest && at < 300); at += 1) await frame();
  const files = performance.getEntriesByType('resource');
  const depth = (one) => { let at = 0; while ((one = one.parentElement)) at += 1; return at; };
  const all = [...document.querySelectorAll('*')];
  return {
    octets: [...performance.getEntriesByType('navigation'), ...files]
      .filter((one) => !/\\.(png|svg|ico)|logo/.test(one.name))
      .reduce((sum, one) => sum + one.decodedBodySize, 0),
    blocking: files.filter((one) => one.renderBlockingStatus === 'blocking')
      .map((one) => new URL(one.name).pathname),
    elements: all.length,
    depth: Math.max(...all.map(depth)),
    children: Math.max(...all.map((one) => one.childElementCount)),
    shift: window.shift,
    largest: window.largest && (window.largest.url || window.largest.element?.tagName),
  };
}
"""

FOCUS = """
() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const faults = [];
  for (const one of document.querySelectorAll(wanted)) {
    if (!one.checkVisibility({visibilityProperty: true}) || one.disabled) continue;
    const name = one.outerHTML.slice(0, 120);
    one.focus({focusVisible: true});
    one.scrollIntoView({block: 'nearest'});
    if (document.activeElement !== one) { faults.push(`cannot have the focus: ${name}`); continue; }
    const style = getComputedStyle(one);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) {
      faults.push(`its focus is not seen: ${name}`);
    }
    const box = one.getClientRects()[0];
    const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height, innerHeight) / 2];
    const above = document.elementFromPoint(x, y);
    if (!above) faults.push(`out of sight: ${name}`);
    else if (!one.contains(above) && !above.contains(one)) {
      faults.push(`covered by ${above.outerHTML.slice(0, 60)}: ${name}`);
    }
  }
  document.activeElement.blur();
  scrollTo(0, 0);
  return faults;
}
"""
"""Returns what cannot have the focus, or has it unseen or under something else."""


@dataclass
class Screen:
    """
    A page of a browser.

    Attributes:
        has_scripts: Whether the scripts of the site reach it.
        scheme: In which light axe looks at it, or "" if not at all.
    """

    name: str
    device: str
    has_scripts: bool
    lang: str
    scheme: str
    watched: Watched

    def opened(self, path):
        """Return the page at *path*, with a list of what is wrong on it."""
        self.watched.wrong.clear()
        self.watched.page.goto(self.watched.site + self._spoken(path))
        return self.watched.page

    def _spoken(self, path):
        return path if self.lang == "en" else f"{path}{'&' if '?' in path else '?'}lang={self.lang}"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Return the site of a rich catalogue after a change and a refresh that failed."""
    publisher = library(tmp_path_factory.mktemp("pages"), RICH, moved(*RICH, eight="2028-07-07"))
    publisher.own_status = RefreshStatus(
        failed=NOW, problems=(as_problem("films.yaml:12:3: not a date: 'soon'"),)
    )
    yield app_of(publisher)
    publisher.store.close()


@pytest.fixture(scope="module")
def screens(request):
    """Return eight pages of one browser: on both devices, in both directions, with and without scripts."""
    if not CHROMIUM.exists():
        yield []
        return
    browser = request.getfixturevalue("browser")
    found = []
    with served(request.getfixturevalue("app")) as site:
        for device, has_scripts, direction in product(SCREENS, (True, False), LANGUAGE):
            lang = LANGUAGE[direction]
            name = f"{device}, {'scripts' if has_scripts else 'no scripts'}, {direction}"
            context = browser.new_context(**SCREENS[device], locale=lang)
            context.add_init_script(WATCH)
            if not has_scripts:  # a browser without any would run no axe
                context.route("**/*.js", lambda route: route.fulfill(body=""))
            scheme = AXE.get((device, has_scripts, direction), "")
            watched = Watched(context.new_page(), site)
            found.append(Screen(name, device, has_scripts, lang, scheme, watched))
        yield found
        for screen in found:
            screen.watched.page.context.close()


def test_no_page_is_forgotten(app):
    """Each address of the site that answers with a page is among those that are looked at."""
    client, address = app.test_client(), app.url_map.bind("localhost")
    looked_at = {
        address.match(path.partition("?")[0])[0] for path in EVERY_PAGE if path not in ERRORS
    }
    pages = set()
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and is_page(client, rule):
            pages.add(rule.endpoint)

    assert pages == looked_at


def is_page(client, rule: Rule):
    """Whether *rule* leads to a page; an address that is no file's has an answer."""
    _, path = rule.build({name: ARGUMENTS[name] for name in rule.arguments})
    with client.get(path, headers={"Accept": "text/html"}) as answer:
        is_there = answer.status_code < HTTPStatus.BAD_REQUEST
        assert is_there or "." in path or path.startswith(OPTIONAL), path
        return answer.mimetype == "text/html" and answer.status_code == HTTPStatus.OK


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_page_is_whole_on_every_screen(require, screens, path):
    """
    Nothing fails, is fetched from elsewhere or sticks out, and axe finds nothing.

    The screen is a phone's or a computer's, light or dark, from left to right or from right to
    left, with scripts or without. The focus is seen on all that can have it.
    """
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    found = {screen.name: list(faults(screen, path)) for screen in screens}

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def faults(screen: Screen, path):
    page = screen.opened(path)
    html = page.locator("html")
    if (html.get_attribute("lang"), html.get_attribute("dir")) != (
        screen.lang,
        LANGUAGES[screen.lang].direction,
    ):
        yield "another language"
    if screen.has_scripts:
        yield from over_budget(page)
    page.evaluate(UNFOLD)
    for width in WIDTHS[screen.device]:
        page.set_viewport_size({**page.viewport_size, "width": width})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"{wide} pixels in {width}"
    page.set_viewport_size(SCREENS[screen.device]["viewport"])
    yield from page.evaluate(FOCUS)
    if screen.scheme:
        page.emulate_media(color_scheme=screen.scheme)
        yield from findings(page, path)
    yield from screen.watched.wrong


def findings(page, path):
    """Yield what axe-core finds on *page*."""
    rules = {"page-has-heading-one": {"enabled": path not in FRAMES}}
    options = {"rules": rules, "resultTypes": ["violations"], "preload": False}
    page.evaluate(AXE_SCRIPT)
    for found in page.evaluate("(options) => axe.run(options)", options)["violations"]:
        yield f"{found['id']}: {found['nodes'][0]['html']}"


def over_budget(page):
    """Yield what makes *page* heavier than a page should be."""
    found = page.evaluate(BUDGET)
    source = page.content()
    for name, most in (
        ("octets", MAX_OCTETS),
        ("elements", MAX_ELEMENTS),
        ("depth", MAX_DEPTH),
        ("children", MAX_CHILDREN),
        ("shift", MAX_SHIFT),
    ):
        if found[name] > most:
            yield f"{found[name]} {name}"
    # What stands in the page itself comes in one round trip.
    for name in found["blocking"]:
        if f'href="{name}"' not in source:
            yield f"waits for {name}, of which the page says nothing"
    if len(found["blocking"]) > 1:
        yield f"waits for {found['blocking']}"
    if not found["largest"]:
        yield "nothing was painted"


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_the_keyboard_gets_everywhere(require, screens, path):
    """The tabulator comes to each link and control that is shown, in the order of the page."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    (screen,) = [each for each in screens if each.name == "desktop, scripts, ltr"]
    page = screen.opened(path)
    wanted = page.evaluate(TO_REACH)
    # A date has four places to stop at: day, month, year, and the button of its picker.
    for _ in range(wanted + 3 * page.locator("[type=date]").count()):
        page.keyboard.press("Tab")

    assert page.evaluate("window.reached") == list(range(wanted))


TO_REACH = """
() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const shown = [...document.querySelectorAll(wanted)]
    .filter((one) => one.checkVisibility({visibilityProperty: true}));
  window.reached = [];
  document.addEventListener('focusin', () => {
    window.reached.push(shown.indexOf(document.activeElement));
  });
  return shown.length;
}
"""

SAY_EVERYWHERE = """
(day) => {
  for (const each of document.querySelectorAll('time')) {
    if (each.checkVisibility() && /\\d{4}/.test(each.textContent)) each.textContent = day;
  }
}
"""
"""Puts a day's words for each day with its year, as the pages may say it another month."""


def longest_day(code: str) -> str:
    """The day of a year with the most letters in the language of *code*."""
    days = (str(date(2026, 1, 1) + timedelta(days=each)) for each in range(365))
    return max((str(LANGUAGES[code].date(PartialDate.parse(day))) for day in days), key=len)


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_language_fits_a_phone(require, screens, code):
    """The longest words of each, and its longest day, stay within the narrowest screen."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    (screen,) = [each for each in screens if each.name == "phone, scripts, ltr"]
    page = screen.watched.page
    page.set_viewport_size({"width": 320, "height": 740})
    for path in ("/", "/films/seven", "/slips"):
        page.goto(f"{screen.watched.site}{path}?lang={code}")
        page.evaluate(UNFOLD)
        page.evaluate(SAY_EVERYWHERE, longest_day(code))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page.set_viewport_size(PHONE)
