"""The form of the first page: each control changes the calendar in the way that its label says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from babel import Locale
from icalendar import Calendar, Component

from releasecal.core.languages import LANGUAGES
from support.browsing import CHROMIUM, served, visited
from support.build import NOW
from support.pages import FALLEN, VARIED, library
from support.site import app_of

pytestmark = pytest.mark.system

TODAY = NOW.date()
ALARMS = {
    "a week before": timedelta(-7),
    "the day before": timedelta(-1),
    "at 9 on the day": timedelta(hours=9),
}
AHEAD = {
    "all that is announced": date.max,
    "the next month": date(2026, 12, 22),
    "the next 3 months": date(2027, 2, 22),
    "the next 6 months": date(2027, 5, 22),
    "the next year": date(2027, 11, 22),
}
BACK = {
    "everything": date.min,
    "nothing": TODAY,
    "the last 30 days": date(2026, 10, 23),
    "the last year": date(2025, 11, 22),
}
SPANS = {
    "leave it out until it has a day": set(),
    "show it over its whole month or quarter": {
        ("month", date(2027, 11, 1), date(2027, 12, 1)),
        ("quarter", date(2027, 7, 1), date(2027, 10, 1)),
        ("season", date(2027, 6, 1), date(2027, 9, 1)),
        ("year", date(2029, 1, 1), date(2030, 1, 1)),
        ("long-past", date(2021, 1, 1), date(2022, 1, 1)),
    },
    "show it on the last day it can be": {
        ("month", date(2027, 11, 30), date(2027, 12, 1)),
        ("quarter", date(2027, 9, 30), date(2027, 10, 1)),
        ("season", date(2027, 8, 31), date(2027, 9, 1)),
        ("year", date(2029, 12, 31), date(2030, 1, 1)),
        ("long-past", date(2021, 12, 31), date(2022, 1, 1)),
    },
}
COARSE = {"month", "quarter", "season", "year", "long-past"}


@dataclass(frozen=True)
class Event:
    """An event of a calendar, as an independent parser reads it."""

    uid: str
    film: str
    summary: str
    first: date
    after: date
    status: str
    told: str
    categories: tuple[str, ...]
    alarms: tuple[timedelta, ...]

    @classmethod
    def of(cls, event: Component) -> "Event":
        alarms = [each["TRIGGER"].dt for each in event.subcomponents if each.name == "VALARM"]
        return cls(
            str(event["UID"]),
            urlsplit(event["URL"]).path.rpartition("/")[2],
            str(event["SUMMARY"]),
            event["DTSTART"].dt,
            event["DTEND"].dt,
            str(event.get("STATUS", "")),
            str(event["DESCRIPTION"]),
            tuple(map(str, event["CATEGORIES"].cats)),
            tuple(alarms),
        )


Events = Sequence[Event]
Check = Callable[[str, Events, Events], bool]
"""Whether the events before and after a choice differ as its label says."""


def only(is_meant: Callable[[str, Event], bool]) -> Check:
    """Return the check that some events are left, not all of them, and just those meant."""
    return lambda label, before, after: (
        after == [event for event in before if is_meant(label, event)]
        and 0 < len(after) < len(before)
    )


def all_have(is_so: Callable[[str, Event], bool]) -> Check:
    """Return the check that it is the same events, and each of them is so."""
    return lambda label, before, after: (
        [event.uid for event in after] == [event.uid for event in before]
        and all(is_so(label, event) for event in after)
    )


def is_of_kind(label: str, event: Event) -> bool:
    if label == "Sequels":
        return event.told.startswith("Sequel to")
    phrases = ("streaming", "earliest streaming") if label == "Streaming" else (label.casefold(),)
    return event.summary.partition(" – ")[2].startswith(phrases)


def is_in(label: str, event: Event) -> bool:
    place = label.partition(" (")[0]  # which the visitor's own is told to be in brackets
    code = next(code for code, name in Locale("en").territories.items() if name == place)
    return f"({code})" in event.summary


def has_coarse(label: str, before: Events, after: Events) -> bool:
    plain = [event for event in after if event.film not in COARSE]
    coarse = {(e.film, e.first, e.after) for e in after if e.film in COARSE}
    return plain == list(before) and coarse == SPANS[label]


def has_fallen(label: str, before: Events, after: Events) -> bool:
    (fallen,) = [event for event in before if event.status == "CANCELLED"]
    shown = [event for event in after if event.uid == fallen.uid]
    others = [event for event in after if event.uid != fallen.uid]
    statuses = {
        "struck through": ["CANCELLED"],
        "plain, for Google hides what is struck through": [""],
        "not at all": [],
    }
    return (
        others == [event for event in before if event != fallen]
        and [event.status for event in shown] == statuses[label]
        and all("No longer" in event.summary for event in shown)
    )


def reminds(label: str, event: Event) -> bool:
    """Whether it reminds at the time named; of what is off, nobody is reminded."""
    return event.alarms == (() if event.status == "CANCELLED" else (ALARMS[label],))


def of_film(label: str, before: Events, after: Events) -> bool:
    """Whether just the film is left, and the opening of its sequel; nothing, if it has no day."""
    return len(after) < len(before) and after == [
        event
        for event in before
        if event.summary.partition(" – ")[0].endswith(label)
        or event.told.startswith(f"Sequel to {label}.")
    ]


def speaks(label: str, event: Event) -> bool:
    (language,) = [each for each in LANGUAGES.values() if each.name == label]
    return language.word("in cinemas") in event.summary or ".theatrical." not in event.uid


def within(first: Mapping[str, date], after: Mapping[str, date]) -> Check:
    """Return the check that just the events between both days of a label are left."""
    return lambda label, before, later: (
        later
        == [
            event
            for event in before
            if first.get(label, date.min) <= event.first < after.get(label, date.max)
        ]
    )


CHECKS: Mapping[str, Check] = {
    "kind": only(is_of_kind),
    "region": only(is_in),
    "genre": only(lambda label, event: label in event.categories),
    "series": only(lambda label, event: label in event.categories),
    "film": of_film,
    "channel": only(lambda label, event: f"on {label}" in event.summary),
    "alarm": all_have(reminds),
    "certainty": only(lambda _, event: "Not announced" not in event.told),
    "emoji": all_have(
        lambda _, event: event.summary[0] in "🌟🎬⏳🍿" or event.status != "CONFIRMED"
    ),
    "future": within({}, AHEAD),
    "past": within(BACK, {}),
    "undated": has_coarse,
    "cancelled": has_fallen,
    "lang": all_have(speaks),
}
"""What each control of the form has to do to the calendar, by its name."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    publisher = library(tmp_path_factory.mktemp("site"), VARIED, FALLEN)
    yield app_of(publisher)
    publisher.store.close()


@pytest.fixture(scope="module")
def site(app):
    with served(app) as address:
        yield address


@pytest.fixture
def visit(request, require):
    """Return what opens the first page, as a context manager."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    site, browser = request.getfixturevalue("site"), request.getfixturevalue("browser")
    return lambda **options: visited(browser, site, "/", **options)


def events_of(app, page) -> list[Event]:
    """Return the events of the calendar whose address *page* shows, in order, without notices."""
    address = urlsplit(page.locator("#address").input_value())
    answer = app.test_client().get(address._replace(scheme="", netloc="").geturl())
    assert answer.status_code == 200, address
    events = map(Event.of, Calendar.from_ical(answer.data).events)
    return sorted(
        (event for event in events if not event.uid.startswith("notice.")),
        key=lambda event: event.uid,
    )


def controls(page) -> list[tuple[str, str, str]]:
    """Return (name, value, label) of each choice of the form."""
    return page.evaluate("""
      () => [...document.querySelectorAll('.builder input[type=checkbox], .builder option')]
        .map((one) => {
          const label = one.labels?.[0].cloneNode(true) ?? one;
          label.querySelector('.count')?.remove();
          const name = one.name ?? one.parentElement.name;
          return [name || one.parentElement.name, one.value, label.textContent.trim()];
        })
    """)


def chosen(page, name, value):
    """Choose *value* as a visitor does: unfold, tick or pick, and press the button."""
    form = page.locator(".builder form")
    control = form.locator(f"[name={name}]")
    if control.first.evaluate("(one) => one.tagName") == "SELECT":
        control.select_option(value)
    else:
        box = form.locator(f'[name={name}][value="{value}"]')
        folded = form.locator("details", has=page.locator(f'[value="{value}"]'))
        if folded.count():
            folded.locator("summary").click()
        box.check()
    form.get_by_role("button", name="Show this calendar").click()
    page.wait_for_load_state()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_every_control_does_what_its_label_says(app, visit, has_scripts):
    """
    Each choice of the form, alone, changes the calendar so, and nothing else of it.

    The form is plain HTML: with scripts, one choice of each control is enough.
    """
    with visit(java_script_enabled=has_scripts) as page:
        home = page.url
        before = events_of(app, page)
        choices = controls(page)
        assert {name for name, _, _ in choices} == {*CHECKS}
        if has_scripts:
            choices = list({name: (name, value, label) for name, value, label in choices}.values())
        wrong = []
        for name, value, label in choices:
            page.goto(home)
            chosen(page, name, value)
            if not CHECKS[name](label, before, events_of(app, page)):
                wrong.append((name, value, label))
    assert wrong == []


def test_words_in_a_title_leave_the_films_that_have_them(app, visit):
    """Sent by the keyboard alone."""
    with visit() as page:
        before = events_of(app, page)
        page.get_by_label("Words in a title").focus()
        page.keyboard.type("half seven")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=half+seven**")
        after = events_of(app, page)
    assert after == [event for event in before if event.film == "seven"]


def test_choices_add_up(app, visit):
    """Of one control any, of several all; and the form shows them as they were chosen."""
    with visit(java_script_enabled=False) as page:
        before = events_of(app, page)
        form = page.locator(".builder form")
        for label in ("In cinemas", "Premiere", "Italy", "a week before"):
            form.get_by_label(label).check()
        form.get_by_role("button", name="Show this calendar").click()
        after = events_of(app, page)
        ticked = page.locator(".builder input:checked")
        values = [box.get_attribute("value") for box in ticked.all()]
    assert [event.uid for event in after] == [
        event.uid for event in before if "(IT)" in event.summary
    ]
    assert [event.alarms for event in after] == [(timedelta(-7),)]
    assert sorted(values) == ["-P7D", "IT", "premiere", "theatrical"]
