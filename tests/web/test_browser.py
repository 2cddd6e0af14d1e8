"""What pages do in a browser: controls, folded parts, frames, paper, the clipboard."""

from functools import partial
from urllib.parse import urljoin

import pytest

from releasecal.errors import as_problem
from releasecal.store import RefreshStatus
from support.browsing import CHROMIUM, PHONE, served, visited
from support.build import NOW
from support.pages import RICH, library, moved
from support.site import app_of

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve a rich catalogue after a change and a refresh that failed; give its address."""
    publisher = library(tmp_path_factory.mktemp("site"), RICH, moved(*RICH, eight="2028-07-07"))
    publisher.own_status = RefreshStatus(
        failed=NOW, problems=(as_problem("films.yaml:12:3: not a date: 'soon'"),)
    )
    with served(app_of(publisher)) as address:
        yield address
    publisher.store.close()


@pytest.fixture
def visit(request, require):
    """Return what opens a page, as a context manager; anything that goes wrong there fails."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    site, browser = request.getfixturevalue("site"), request.getfixturevalue("browser")

    return partial(visited, browser, site)


def test_controls_are_large_enough_for_a_finger(visit):
    with visit("/films/seven", viewport=PHONE, has_touch=True) as page:
        for target in page.locator(
            "input:visible:not([type=checkbox]), button:visible, .pick, .way summary"
        ).all():
            assert target.bounding_box()["height"] >= 44


def test_the_first_screen_of_a_phone_has_the_next_film(visit):
    """With its day and how far that is."""
    with visit("/", viewport=PHONE) as page:
        page.locator(".banner").evaluate_all("them => them.forEach(each => each.remove())")
        card = page.locator(".line").first
        for part in (card.locator(".leaf"), card.locator(".film"), card.locator(".soon").first):
            box = part.bounding_box()
            assert box["y"] + box["height"] <= PHONE["height"]


def test_a_month_is_a_table_where_there_is_room_and_a_list_on_a_phone(visit):
    with visit("/?view=month&month=2026-11") as page:
        assert page.get_by_role("columnheader").count() == 7
        cell = page.get_by_role("cell").filter(has_text="Seven & a Half")
        assert cell.count() == 1
        page.get_by_role("link", name="December 2026").click()
        assert page.url.endswith("/?view=month&month=2026-12")
        assert page.get_by_role("cell").filter(has_text="Off").count() == 1
        page.set_viewport_size(PHONE)
        assert page.get_by_text("Fri 25").is_visible()
        assert not page.get_by_text("Sat 26").is_visible()


def test_a_day_is_chosen_and_left_again(visit):
    """From a film to what was known of it on a day, to another day, and back to today."""
    with visit("/films/seven") as page:
        page.get_by_label("What had been announced by", exact=True).fill("2026-11-21")
        page.get_by_role("button", name="Show").click()
        assert page.url.endswith("/films/seven?as-of=2026-11-21")
        assert page.get_by_text("As it was announced by 21 Nov 2026").is_visible()
        page.get_by_role("link", name="See that day: what had been announced by 3 Feb").click()
        assert page.url.endswith("/films/seven?as-of=2026-02-03")
        assert (
            page.get_by_label("What had been announced by", exact=True).input_value()
            == "2026-02-03"
        )
        page.get_by_role("link", name="back to today").click()
        assert page.url.endswith("/films/seven")


def test_a_future_day_cannot_be_chosen(visit):
    with visit("/series/saga") as page:
        page.get_by_label("What had been announced by", exact=True).fill("2026-11-23")
        page.get_by_role("button", name="Show").click()
        assert page.url.endswith("/series/saga")


def test_the_copy_button_copies(visit):
    """The clipboard then has the address, and the page says so."""
    allowed = ["clipboard-read", "clipboard-write"]
    with visit("/films/seven", permissions=allowed) as page:
        page.get_by_role("button", name="Copy the address").click()
        page.get_by_text("Copied.").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == "https://films.example/films/seven.ics"


def without_clipboard(page, *, is_old_way_there: bool):
    """Make *page* one of plain http, where browsers keep the clipboard to themselves."""
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined});"
        f"Document.prototype.execCommand = () => {str(is_old_way_there).lower()};"
    )
    page.reload()


def test_without_the_clipboard_the_older_command_copies(visit):
    with visit("/") as page:
        without_clipboard(page, is_old_way_there=True)
        page.get_by_role("button", name="Copy the address").click()
        page.get_by_text("Copied.").wait_for()


def test_without_any_command_the_address_is_selected(visit):
    with visit("/") as page:
        without_clipboard(page, is_old_way_there=False)
        page.get_by_role("button", name="Copy the address").click()
        page.get_by_text("The address is selected: copy it with").wait_for()
        assert page.evaluate("String(getSelection())") == "https://films.example/calendar.ics"


def test_without_javascript_there_is_no_button_and_all_the_rest(visit):
    with visit("/", java_script_enabled=False) as page:
        buttons = page.get_by_role("button").all_inner_texts()
        assert buttons == ["Show this calendar", "Follow the ticked films"]
        field = page.get_by_label("The calendar’s address")
        assert field.input_value() == "https://films.example/calendar.ics"
        page.get_by_text("Google Calendar", exact=True).click()
        assert page.get_by_role("link", name="Open in Google Calendar").is_visible()
        assert not page.get_by_role("link", name="Open in Thunderbird").is_visible()


def test_the_keyboard_gets_everywhere_in_the_order_of_reading(visit):
    """The focus is seen, and comes to the films first and to the calendar's address after them."""
    with visit("/") as page:
        names = []
        while names[-1:] != ["All changes"]:
            page.keyboard.press("Tab")
            focus = page.evaluate(
                "() => {const one = document.activeElement, style = getComputedStyle(one);"
                "return [one.textContent.trim() || one.id, style.outlineStyle]}"
            )
            assert focus[1] != "none", focus
            names.append(focus[0])
        shown = [
            *("Films", "Changes", "Postponed", "Search"),
            "Subscribe to everything",
            "How it is done",
            "Choose what is in it",
            "State",
            *("Agenda", "Month"),
            "Seven & a Half",
            "Show this calendar",
            "address",
            "Copy the address",
            "Thunderbird",
            "Open in Thunderbird",
            "Google Calendar",
            "A copy, once",
            "Eight",
            "All changes",
        ]
        places = [names.index(name) for name in shown[:-2]]
        assert places == sorted(places)


def test_a_film_that_is_ticked_is_followed_on_every_page(visit):
    """The browser keeps it, and the page of all that is followed has it with those of other pages."""
    with visit("/films/eight") as page:
        bar = page.get_by_role("button", name="Follow the ticked films")
        assert not bar.is_visible()
        page.get_by_label("Follow Eight").check()
        assert bar.is_visible()
        page.goto(page.url.replace("/films/eight", "/films/off"))
        page.get_by_label("Follow Off").check()
        page.get_by_role("button", name="Follow the ticked films").click()
        assert page.url.endswith("/follow?film=off&film=eight")
        assert page.get_by_label("The calendar’s address").input_value().endswith("film=eight,off")
        page.get_by_label("Follow Off").uncheck()
        page.goto(page.url.partition("?")[0])
        page.wait_for_url("**/follow?film=eight")
        assert page.get_by_label("Follow Eight").is_checked()


def test_films_are_followed_without_javascript(visit):
    with visit("/follow?q=eight", java_script_enabled=False) as page:
        page.get_by_label("Follow Eight").check()
        page.get_by_role("button", name="Follow the ticked films").click()
        assert page.get_by_label("The calendar’s address").input_value().endswith("films/eight.ics")
        page.get_by_label("Words in a title").fill("seven")
        page.get_by_role("button", name="Search", exact=True).click()
        page.get_by_label("Follow Seven & a Half").check()
        page.get_by_role("button", name="Follow the ticked films").click()
        assert (
            page.get_by_label("The calendar’s address").input_value().endswith("film=eight,seven")
        )


def test_films_of_a_month_are_followed_by_keyboard_on_a_phone_without_javascript(visit):
    """Each has a box as large as a finger beside its day."""
    path = "/?view=month&month=2026-11"
    with visit(path, viewport=PHONE, has_touch=True, java_script_enabled=False) as page:
        box = page.get_by_label("Follow Seven & a Half").first
        assert page.locator("section.month .pick").first.bounding_box()["height"] >= 44
        box.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**/follow?film=seven")
        assert page.get_by_label("The calendar’s address").input_value().endswith("films/seven.ics")


SEPARATED = """
() => [...document.querySelectorAll('body *')].filter((one) => {
  if (!getComputedStyle(one, '::before').content.includes('·')) return false;
  if (!one.checkVisibility() || !one.previousSibling) return false;
  const before = document.createRange();
  before.selectNode(one.previousSibling);
  const above = [...before.getClientRects()].at(-1);
  return above && one.getClientRects()[0].top > above.top + 8;
}).map((one) => one.parentElement.innerText)
"""
"""Where a line begins with a separator."""


@pytest.mark.parametrize("lang", ["en", "ar", "ja"])
def test_no_line_begins_with_a_separator(visit, lang):
    """It belongs to the line before, however narrow a phone is."""
    with visit(f"/?lang={lang}", viewport=PHONE) as page:
        for path in ("/", "/films/seven", "/series/saga", "/changes", "/films"):
            page.goto(urljoin(page.url, f"{path}?lang={lang}"))
            for width in range(300, 480, 12):
                page.set_viewport_size({"width": width, "height": 740})
                assert page.evaluate(SEPARATED) == [], (path, width)


def test_one_way_to_subscribe_is_open_at_a_time(visit):
    """The visitor's own first; the code for the phone leads to this page."""
    with visit("/films/seven") as page:
        assert page.get_by_role("link", name="Open in Thunderbird").is_visible()
        page.get_by_text("To your phone").click()
        assert page.get_by_role("img", name="QR code of this page’s address").is_visible()
        assert not page.get_by_role("link", name="Open in Thunderbird").is_visible()


def test_an_embed_stands_in_a_frame_of_another_site(visit):
    """Which no other page does."""
    with visit("/embed") as page:
        address = page.url
        framed = page.context.new_page()
        host = "http://another.example/"
        html = f'<iframe src="{address}" width="600" height="500"></iframe>'
        framed.route(host, lambda route: route.fulfill(content_type="text/html", body=html))
        framed.goto(host)
        frame = framed.frame_locator("iframe")
        frame.get_by_role("link", name="Eight").wait_for()
        assert frame.get_by_role("row").count() == 8


def test_the_dark_is_dark_and_the_light_light(visit):
    def ground(scheme):
        with visit("/", color_scheme=scheme) as page:
            colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            return sum(int(part) for part in colour[4:-1].split(","))

    assert ground("dark") < 150
    assert ground("light") > 600


def test_a_date_in_a_picture_reads_in_its_own_direction(visit):
    """In Arabic the day stands at the right, before its month, though it is a number."""
    with visit("/films/seven?lang=ar") as page:
        first, last = page.locator(".slips text.told").last.evaluate(
            "(one) => [0, one.getNumberOfChars() - 1].map((at) => one.getStartPositionOfChar(at).x)"
        )
        assert first > last


def test_folded_parts_unfold(visit):
    with visit("/?kind=theatrical") as page:
        earlier = page.get_by_text("Moved from 30 Sep 2026 to 5 Mar 2027").first
        assert not earlier.is_visible()
        page.get_by_text("2 earlier announcements").first.click()
        assert earlier.is_visible()


def test_on_paper_the_address_and_the_dates_remain(visit):
    """There is nothing to press on paper, and nothing can be unfolded later."""
    with visit("/?kind=theatrical") as page:
        page.emulate_media(media="print")
        assert page.get_by_label("The calendar’s address").is_visible()
        assert page.get_by_role("link", name="Eight").first.is_visible()
        assert not page.get_by_role("link", name="Open in Thunderbird").is_visible()
        assert not page.get_by_text("Google Calendar", exact=True).is_visible()
        folded = page.get_by_text("Moved from 30 Sep 2026 to 5 Mar 2027").first
        assert folded.bounding_box()["height"] > 0


def test_links_lead_from_page_to_page(visit):
    with visit("/films/eight") as page:
        page.get_by_role("link", name="Seven & a Half").first.click()
        assert page.get_by_role("heading", level=1).text_content() == "Seven & a Half"
        page.get_by_role("link", name="The Saga").click()
        assert page.get_by_role("heading", level=1).text_content() == "The Saga"
        page.get_by_role("navigation").get_by_role("link").first.click()
        assert page.get_by_role("heading", level=1).text_content() == "Film releases"
