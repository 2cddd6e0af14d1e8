"""Pages as of a day: what had been announced by then, and that it is the past."""

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releasecal.core.models import Status
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, answering_queries, as_of
from support.build import DAY, NOW, film, opening, release, revision
from support.database import database_url
from support.pages import IMPRINT, RICH, SAGA, in_order, library, moved, see
from support.paths import ARTICLE, DATA
from support.site import app_of

pytestmark = pytest.mark.slow

STORY = (
    opening(
        revision("2025", as_of=date(2024, 1, 10)),
        revision("2025-06-06", as_of=date(2024, 5, 1)),
        revision("2026-06-05", as_of=date(2025, 2, 3), reason="Strike"),
        revision("2026-06-05", as_of=date(2026, 3, 1), status=Status.CANCELLED),
        id_="story",
        series=SAGA,
    ),
    opening(revision("2027-05-05", as_of=date(2025, 9, 9)), id_="sequel", follows="story"),
)
SEVEN = "/films/mission-impossible-7"


@pytest.fixture
def client(publish):
    return publish(STORY)[0]


@pytest.fixture
def article(tmp_path):
    """Return (client, store) of the article's films with all that happened afterwards."""
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    addresses = [str(ARTICLE), str(DATA)]
    publisher = Publisher(store, addresses, IMPRINT, lambda: NOW)
    publisher.refresh()
    yield app_of(publisher).test_client(), store
    store.close()


# ── What it says


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2024-01-09", "Nobody had announced a release of this film by then."),
        ("2024-01-10", "In cinemas United States 2025 Set for 2025, announced by 10 Jan 2024."),
        ("2024-05-01", "6 Jun 2025 … Now exactly 6 Jun 2025, was 2025, announced by 1 May 2024."),
        ("2025-02-02", "6 Jun 2025 … Now exactly 6 Jun 2025"),
        (
            "2025-02-03",
            "5 Jun 2026 Moved 1 move · 364 days later … Moved from 6 Jun 2025 to 5 Jun 2026",
        ),
        ("2025-02-16", "5 Jun 2026 Moved 1 move · 364 days later … Moved from"),
        ("2025-02-17", "5 Jun 2026 1 move · 364 days later … Moved from"),
        ("2026-03-01", "5 Jun 2026 Cancelled 1 move · 364 days later … Cancelled, was"),
    ],
)
def test_a_films_page_has_the_announcements_until_that_day(client, day, said):
    """With the words and the marks of that day."""
    releases = see(client, f"/films/story?as-of={day}").sections["releases"]
    assert in_order(releases, *said.split(" … "))


def test_a_release_overdue_then_is_marked(publish):
    late = opening(
        revision("2025", as_of=date(2024, 1, 10)),
        revision("2027-01-01", as_of=date(2026, 2, 1)),
        id_="late",
    )
    client, _ = publish((late,))
    assert "2025 Overdue" not in see(client, "/films/late?as-of=2025-12-31").text
    assert "2025 Overdue, no day known" in see(client, "/films/late?as-of=2026-01-01").text
    assert "Overdue" not in see(client, "/films/late?as-of=2026-02-01").text


def test_the_first_page_and_a_series_list_the_releases_coming_then(client):
    for path in ("/", "/series/saga"):
        page = see(client, f"{path}?as-of=2025-06-05")
        assert "June 2026 Fri 5 Jun 2026 Story In cinemas" in page.sections["coming"]
        assert "Sequel" not in page.text
        assert "past" not in page.sections
    page = see(client, "/?as-of=2025-09-09")
    assert in_order(page.sections["coming"], "June 2026", "5 May 2027 Sequel In cinemas")
    assert "No film had a day ahead of that one." in see(client, "/?as-of=2024-04-04").text
    assert "Nobody had announced anything by then." in see(client, "/?as-of=2023-01-01").text


def test_a_sequel_and_a_window_appear_on_the_day_they_were_known(article):
    client, _ = article
    before = see(client, f"{SEVEN}?as-of=2018-12-31")
    assert "openings" not in before.sections
    assert "Nobody had announced a release of this film by then." in before.text
    after = see(client, f"{SEVEN}?as-of=2022-03-25")
    assert "14 Jul 2023" in after.sections["releases"]
    assert "Earliest streaming on Paramount+" in after.sections["releases"]
    assert "Fri 28 Jun 2024 Mission: Impossible" in after.sections["openings"]
    assert "45 days after the first day in cinemas" in after.sections["windows"]
    assert "windows" not in see(client, f"{SEVEN}?as-of=2020-06-01").sections


def test_facts_without_a_day_are_left_out(publish):
    """Cast, notes and other titles are those of today."""
    page = see(publish(RICH)[0], "/films/seven?as-of=2026-11-22")
    assert not {"cast", "notes", "production"} & set(page.sections)
    assert "Untitled Seven" not in page.text


def test_no_page_of_the_past_has_a_later_announcement(article):
    """No page of the past has a day that was announced later."""
    client, _ = article
    for path in ("/", SEVEN, "/series/mission-impossible"):
        assert "14 Jul 2023" in see(client, f"{path}?as-of=2022-01-21").text
        assert "14 Jul 2023" not in see(client, f"{path}?as-of=2022-01-20").text


# ── That it is the same truth


@pytest.mark.parametrize("day", ["2019-02-01", "2021-04-30", "2022-03-25", "2026-11-22"])
def test_pages_and_json_have_the_same_releases(article, day):
    client, _ = article
    for path, film_id in (("/calendar", ""), (SEVEN, "mission-impossible-7")):
        told = client.get(f"{path}.json?as-of={day}&undated=span").json["releases"]
        page = see(client, f"{path.replace('calendar', '')}?as-of={day}")
        assert told
        for each in told:
            title = each["title"] if each["film"] != film_id else ""
            assert title in page.text
            parts = [date.fromisoformat(each["when"])] if len(each["when"]) == 10 else []
            assert all(f"{part.day} {part:%b %Y}" in page.text for part in parts)


dates = st.dates(date(2026, 1, 1), date(2027, 12, 31))
texts = st.one_of(
    dates.map(str), dates.map(lambda day: f"{day:%Y-%m}"), st.sampled_from(["2026", "2027", ""])
)


@given(
    histories=st.lists(st.lists(st.tuples(texts, dates), min_size=1, max_size=3), max_size=5),
    day=dates,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_python_orders_the_past_as_sql_orders_the_present(tmp_path_factory, histories, day):
    """The parts that Python makes of the past equal those of SQL, in the same order."""
    films = []
    for number, history in enumerate(histories):
        told = sorted(history, key=lambda each: each[1])
        revisions = [revision(text, as_of=known) for text, known in told]
        if revisions[0].as_of <= day:
            films.append(opening(*[r for r in revisions if r.as_of <= day], id_=f"film-{number}"))
    store = library(tmp_path_factory.mktemp("then"), tuple(films)).store
    now = store.ask(answering_queries.page, EVERYTHING, today=day, most=3)
    then = store.ask(answering_queries.page, FeedQuery(as_of=day), today=day, most=3)
    store.close()
    for part in ("coming", "undated", "past", "overdue"):
        assert [entry.key for entry in getattr(now, part)] == [
            entry.key for entry in getattr(then, part)
        ]
    assert now.count == then.count


# ── That it is the past


@pytest.mark.parametrize("path", ["/", "/films/story", "/series/saga"])
def test_a_page_of_the_past_says_so_and_leads_back(client, path):
    page = see(client, f"{path}?as-of=2025-06-05")
    assert "As it was announced by 5 Jun 2025 · back to today" in page.text
    assert path in page.links()
    assert {"name": "robots", "content": "noindex"} in page.all("meta")
    assert page.scripts == []
    assert "subscribe" not in page.sections
    assert not [each for each in page.all("link") if each.get("type") == "text/calendar"]
    today = see(client, path)
    assert not [each for each in today.all("meta") if each.get("name") == "robots"]
    assert "As it was announced" not in today.text


@pytest.mark.parametrize("path", ["/", "/films/story", "/series/saga"])
def test_a_future_day_shows_the_present_knowledge(client, path):
    """As JSON has it; and the page says that there is no more to know yet."""
    page = see(client, f"{path}?as-of=2031-01-02")
    assert "2 Jan 2031 is still to come: this is what has been announced so far" in page.text
    assert "5 Jun 2026" in page.text
    assert "Overdue" not in page.text
    known = [
        [(each["uid"], each["when"]) for each in client.get(address).json["releases"]]
        for address in ("/calendar.json?as-of=2031-01-02", "/calendar.json?as-of=2026-11-22")
    ]
    assert known[0] == known[1]


@pytest.mark.parametrize("path", ["/", "/films/story", "/series/saga"])
@pytest.mark.parametrize("text", ["", "yesterday", "2025-02-30", "2025-01", "x" * 3_000])
def test_a_wrong_day_is_refused_with_a_remedy(client, path, text):
    page = see(client, f"{path}?as-of={text}", status=400)
    assert "As-of: not a day: " in page.text
    assert "(as in as-of=2022-03-25)" in page.text
    assert path in page.links()


def test_a_misspelt_parameter_is_refused(client):
    for name in ("as_of", "asof", "As-Of"):
        page = see(client, f"/films/story?{name}=2025-06-05", status=400)
        assert "(did you mean as-of?)" in page.text
    assert "As it was" not in see(client, "/films/story?utm_source=mail&region=US").text


def test_too_long_a_history_is_refused_with_a_remedy(client, monkeypatch):
    monkeypatch.setattr(as_of, "MAX_ENTRIES", 1)
    page = see(client, "/?as-of=2025-06-05", status=400)
    assert "more than 1 releases are too many to recall" in page.text
    assert "ask for a film or a series, by its page or its id" in page.text
    assert see(client, "/").text


def test_an_unknown_film_is_unknown_on_every_day(client):
    assert "Not Found" in see(client, "/films/nope?as-of=2025-06-05", status=404).text


# ── How one gets there


def test_each_announcement_leads_to_its_day(client):
    page = see(client, "/films/story")
    days = [link.partition("as-of=")[2] for link in page.links() if "as-of=" in link]
    assert days == ["2026-03-01", "2025-02-03", "2024-05-01", "2024-01-10"]
    then = see(client, "/films/story?as-of=2025-02-03")
    days = [link.partition("as-of=")[2] for link in then.links() if "/story?as-of=" in link]
    assert days == ["2024-05-01", "2024-01-10"]
    for link in [each for each in page.all("a") if "as-of=" in each["href"]]:
        assert link["rel"] == "nofollow"
        assert link["aria-label"].startswith("See that day: ")


def test_an_announcement_without_a_known_day_has_no_link(publish):
    """Nor has one of a day ahead of today."""
    told = ("2026-01-01", revision("2027-01-01", as_of=date(2029, 1, 1)))
    vague = film("vague", release("vague", *told))
    client, _ = publish((vague,), (vague,))
    links = [link for link in see(client, "/films/vague").links() if "as-of=" in link]
    assert links == ["/films/vague?as-of=2026-11-21"]


@pytest.mark.parametrize("path", ["/films/story", "/series/saga", "/films/story?as-of=2025-06-05"])
def test_a_form_asks_for_a_day(client, path):
    page = see(client, path)
    (form,) = [each for each in page.all("form") if each["action"] == urlsplit(path).path]
    (field,) = [each for each in page.all("input") if each.get("id") == "as-of"]
    assert form.get("method", "get") == "get"
    assert (field["name"], field["type"], field["max"]) == ("as-of", "date", "2026-11-22")
    assert field["value"] == path.partition("as-of=")[2]
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy


@pytest.mark.parametrize("path", ["/", "/?view=month", "/?undated=hide", "/series/saga"])
def test_the_first_of_all_days_has_a_page(client, path):
    """Nothing is reckoned from a day that could lie before the calendar."""
    joint = "&" if "?" in path else "?"
    assert client.get(f"{path}{joint}as-of=0001-01-01").status_code == 200


def test_a_month_is_the_one_of_the_day(client):
    """Who looks back from a month sees the one that was current, with its films."""
    page = see(client, "/?view=month&as-of=2025-06-05")
    assert "June 2025" in page.text
    assert "November 2026" not in page.text


def test_links_stay_in_the_past(client):
    """From list to film to series one stays on the same day, and can leave it anywhere."""
    assert "/films/story?as-of=2025-06-05" in see(client, "/?as-of=2025-06-05").links()
    page = see(client, "/films/story?as-of=2025-10-10")
    assert "/films/sequel?as-of=2025-10-10" in page.links()
    assert "/series/saga?as-of=2025-10-10" in page.links()
    assert "/" in page.links()


# ── HTTP


def test_two_spellings_of_a_day_are_one_cached_page(client):
    answer = client.get("/films/story?as-of=2025-06-05")
    again = client.get("/films/story?as-of=20250605&utm_source=x")
    assert (answer.data, answer.headers["ETag"]) == (again.data, again.headers["ETag"])
    matching = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/films/story?as-of=2025-06-05", headers=matching).status_code == 304
    assert client.get("/films/story", headers=matching).status_code == 200


def test_an_undated_fact_is_known_from_its_publication(publish):
    """A fact that no source dates is known from the day of its publication."""
    later = moved(*RICH, eight="2028-07-07")
    client, _ = publish(RICH, later)
    assert "23 Jun 2028" in see(client, "/films/eight?as-of=2026-11-21").sections["releases"]
    assert "7 Jul 2028 Moved" in see(client, "/films/eight?as-of=2026-11-22").sections["releases"]
    yesterday = str((NOW - 2 * DAY).date())
    assert "Nobody had" in see(client, f"/films/eight?as-of={yesterday}").text


@pytest.mark.parametrize(
    "query",
    [
        "as-of=9999-12-31&future=0",
        "as-of=9999-12-31&future=P100Y",
        "as-of=0001-01-01&past=1",
        "as-of=0050-01-01&past=P100Y",
    ],
)
def test_a_day_beyond_the_calendar_is_its_edge(publish, query):
    client, _ = publish(RICH)
    assert client.get(f"/calendar.json?{query}").status_code == 200
