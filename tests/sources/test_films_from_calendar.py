"""Calendars as sources: each event is a release, by rules of words, and known by its UID."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from releasecal import sources
from releasecal.core.catalogue import merge
from releasecal.core.editions import NOTHING, on_record
from releasecal.core.revise import Policy, revise
from releasecal.errors import DataError
from releasecal.sources.notation.films_from_calendar import CalendarLayout, Rule
from releasecal.sources.read_result import no_progress
from releasecal.sources.snapshot import ICS, Snapshot
from releasecal.sources.table_to_yaml import imported
from releasecal.sources.validate import validate
from support.paths import TESTS

GOLDEN = TESTS / "golden" / "article.ics"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n"
FOOT = "END:VCALENDAR\r\n"
LINES = (
    *("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "END:VCALENDAR", "UID:1"),
    *("SUMMARY:Dune", "DTSTART:20270514", "DTSTART:20270514T220000Z", "DTEND:00000000", " fold"),
    *("DTSTART:99991231T235959Z", "DURATION:P99999D", "URL:https://[", "STATUS:CANCELLED"),
)
PREMIERES = CalendarLayout({"kind": "premiere", "region": "DE"}, zone="Europe/Berlin")


def event(uid="1@kino", summary="Harbour Light", start=";VALUE=DATE:20270514", *more):
    """Return the lines of an event."""
    lines = ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", f"DTSTART{start}", *more]
    return "\r\n".join([*lines, "END:VEVENT", ""])


def read(*events, layout=PREMIERES, head=""):
    """Return what the calendar of *events* says."""
    text = HEAD + head + "".join(events) + FOOT
    snapshot = Snapshot("kino.ics", ICS, text.encode(), calendar=layout)
    result = validate([snapshot], (), no_progress)
    assert not result.problems
    return result.reading


def releases(reading):
    return [release for film in reading.films for release in film.releases]


def one(*lines, layout=PREMIERES, head="", **more):
    (release,) = releases(read(event(*lines, **more), layout=layout, head=head))
    return release


class Site:
    """A site that publishes a calendar, look after look."""

    def __init__(self, layout=PREMIERES):
        self.edition, self.now, self.layout = NOTHING, NOW, layout

    def look(self, *events):
        """Return the kinds and words of the changes that *events* make."""
        self.now += timedelta(days=1)
        reading = read(*events, layout=self.layout)
        catalogue = merge([reading], self.now.date(), published=on_record(self.edition))
        self.edition, changes = revise(self.edition, catalogue, now=self.now, policy=Policy())
        return [(change.kind.value, change.in_words) for change in changes]

    @property
    def uids(self):
        return {entry.uid: str(entry.current.when) for entry in self.edition.entries.values()}


class TestRules:
    def test_words_make_kind_region_and_channel(self):
        """A rule with one of its words in the event gives it facts; the others are the calendar's."""
        layout = CalendarLayout(
            {"kind": "theatrical", "region": "DE"},
            rules=(
                Rule(("Premiere",), facts={"kind": "premiere"}),
                Rule(("Wien", "Graz"), ("location",), {"region": "AT"}),
                Rule(("Lantern+",), facts={"kind": "streaming", "channel": "Lantern+"}),
                Rule(("OmU",), facts={"version": "OmU"}),
            ),
        )
        found = read(
            event("1", "Premiere: Harbour Light (OmU)", ";VALUE=DATE:20270514", "LOCATION:Wien"),
            event("2", "Slow Train"),
            event("3", "Low Tide | Lantern+"),
            layout=layout,
        )

        assert [
            (film.title, each.kind.slug, each.key.region, each.channel, each.version)
            for film in found.films
            for each in film.releases
        ] == [
            ("Harbour Light", "premiere", "AT", "", "OmU"),
            ("Slow Train", "theatrical", "DE", "", ""),
            ("Low Tide", "streaming", "DE", "Lantern+", ""),
        ]

    def test_the_first_rule_decides(self):
        """Of two rules with another kind the first one counts, and the second may add a label."""
        rules = (
            Rule(("Preview",), facts={"kind": "preview"}),
            Rule(("Gala", "Preview"), facts={"kind": "premiere", "label": "Gala"}),
        )
        release = one("1", "Gala Preview: Dune", layout=CalendarLayout(rules=rules))

        assert (release.kind.slug, release.label, release.key.region) == ("preview", "Gala", "ZZ")

    @pytest.mark.parametrize(
        ("summary", "title"),
        [
            ("Gala: Dune", "Dune"),
            ("GALA – Dune", "Dune"),
            ("Dune (Gala)", "Dune"),
            ("Dune [Gala, OmU]", "Dune"),
            ("Galaxy Quest", "Galaxy Quest"),  # a whole word, or none
            ("Dune – Part Two (Gala)", "Dune – Part Two"),
            ("Gala: Café de Flore", "Café de Flore"),
            ("-30-", "-30-"),  # nothing was taken out
        ],
    )
    def test_words_of_rules_are_no_part_of_the_title(self, summary, title):
        """What a rule finds in the SUMMARY is taken out, with the marks that divide it off."""
        rules = (Rule(("gala",), facts={"label": "Gala"}), Rule(("OmU",), facts={"version": "OmU"}))
        layout = CalendarLayout({"kind": "premiere"}, rules=rules)

        assert [film.title for film in read(event("1", summary), layout=layout).films] == [title]

    def test_a_title_begins_and_ends_where_marks_say(self):
        """Words before the title and behind it are cut off at marks that the settings name."""
        layout = CalendarLayout(
            {"kind": "premiere"}, title_after=("zeigt:",), title_before=(" mit ", "(")
        )
        found = read(
            event("1", "Kino Babylon zeigt: Solaris mit Einführung"),
            event("2", "Stalker (1979)"),
            layout=layout,
        )

        assert [film.title for film in found.films] == ["Solaris", "Stalker"]

    def test_an_event_that_is_no_release_is_skipped(self):
        """A rule can say that an event is none; one for which no rule has a kind is noted."""
        layout = CalendarLayout(
            rules=(Rule(("closed",), skip=True), Rule(("Film",), facts={"kind": "premiere"}))
        )
        found = read(
            event("1", "Cinema closed"),
            event("2", "Film: Dune"),
            event("3", "Opening party"),
            event("4", "Brunch"),
            layout=layout,
        )

        assert [film.title for film in found.films] == ["Dune"]
        assert [str(note) for note in found.notes] == [
            (
                "kino.ics:14:1: no rule gives a kind: 'Opening party', and 1 more "
                "(left out; kind gives one to all, rules to some)"
            )
        ]
        assert not found.left_out

    def test_categories_are_looked_at(self):
        """Rules find words in CATEGORIES, too, which are no part of the title."""
        rules = (Rule(("Vorpremiere",), facts={"kind": "preview"}),)
        layout = CalendarLayout({"kind": "theatrical"}, rules=rules)
        found = one(
            "1", "Dune", ";VALUE=DATE:20270514", "CATEGORIES:Film,Vorpremiere", layout=layout
        )

        assert found.kind.slug == "preview"

    def test_a_rule_names_the_film(self):
        """A rule with a film's id joins its events with what other sources say of that film."""
        rules = (Rule(("M:I 8",), facts={"film": "mission-impossible-8"}),)
        found = read(
            event("1", "M:I 8 Preview"), layout=CalendarLayout({"kind": "preview"}, rules=rules)
        )

        assert [film.id for film in found.films] == ["mission-impossible-8"]


class TestDates:
    @pytest.mark.parametrize(
        ("start", "day", "time", "zone"),
        [
            (";VALUE=DATE:20270514", "2027-05-14", "", ""),
            (":20270514", "2027-05-14", "", ""),
            (";TZID=Europe/Berlin:20270514T193000", "2027-05-14", "19:30", "Europe/Berlin"),
            (";TZID=America/New_York:20270514T233000", "2027-05-14", "23:30", "America/New_York"),
            (
                ";TZID=W. Europe Standard Time:20270514T193000",
                "2027-05-14",
                "19:30",
                "Europe/Berlin",
            ),
            (
                ';TZID="/x.org/Europe/Vienna":20270514T200000',
                "2027-05-14",
                "20:00",
                "Europe/Vienna",
            ),
            (";TZID=Cinema:20270514T200000", "2027-05-14", "20:00", ""),
            (":20270513T220000Z", "2027-05-14", "", ""),  # midnight in Berlin
            (":20270514T173000Z", "2027-05-14", "19:30", "Europe/Berlin"),
            (":20270514T230000Z", "2027-05-15", "01:00", "Europe/Berlin"),
            (":20270514T193000", "2027-05-14", "19:30", "Europe/Berlin"),
            (":20270514T000000", "2027-05-14", "", ""),
        ],
    )
    def test_a_start_is_a_civil_day(self, start, day, time, zone):
        """A local time is on its own day, and an instant in UTC on that of the declared zone."""
        release = one("1", "Dune", start)

        assert (str(release.current.when), release.time, release.zone) == (day, time, zone)

    def test_a_calendar_has_a_zone_of_its_own(self):
        """Where the settings name no zone, that of the calendar counts, or else UTC."""
        layout = CalendarLayout({"kind": "premiere"})
        start = ":20270513T220000Z"

        assert str(one("1", "Dune", start, layout=layout).current.when) == "2027-05-13"
        head = "X-WR-TIMEZONE:Europe/Berlin\r\n"
        assert str(one("1", "Dune", start, layout=layout, head=head).current.when) == "2027-05-14"

    @pytest.mark.parametrize(
        ("more", "last"),
        [
            ("DTEND;VALUE=DATE:20270515", None),
            ("DTEND;VALUE=DATE:20270514", None),  # Proton and others write that
            ("DTEND;VALUE=DATE:20270521", "2027-05-20"),
            ("DURATION:P1W", "2027-05-20"),
            ("DURATION:P1D", None),
            ("DURATION:PT2H", None),
        ],
    )
    def test_an_end_is_that_of_the_run(self, more, last):
        """Several whole days are a run, whose last day is the one before the end."""
        release = one("1", "Dune", ";VALUE=DATE:20270514", more)

        assert (release.until and str(release.until)) == last

    def test_status_is_kept(self):
        """What is cancelled is cancelled on its day, and what is tentative is not certain."""
        off = one("1", "Dune", ";VALUE=DATE:20270514", "STATUS:CANCELLED").current
        maybe = one("1", "Dune", ";VALUE=DATE:20270514", "STATUS:TENTATIVE").current

        assert (off.status.value, str(off.when)) == ("cancelled", "2027-05-14")
        assert (maybe.status.value, maybe.certainty.value) == ("scheduled", "tentative")


class TestDetails:
    def test_place_tickets_and_note(self):
        """LOCATION is the place, URL the tickets of a premiere, DESCRIPTION a note without tags."""
        release = one(
            "1",
            "Dune",
            ";TZID=Europe/Berlin:20270514T193000",
            "LOCATION:Zoo Palast\\, Berlin",
            "URL:https://kino.example/dune",
            "DESCRIPTION:<b>With guests</b>\\nQ&amp\\;A\\; then drinks",
        )

        assert (release.place, release.tickets) == (
            "Zoo Palast, Berlin",
            "https://kino.example/dune",
        )
        assert release.note == "With guests Q&A; then drinks"

    def test_the_address_of_an_opening_is_a_link(self):
        """The URL of an event without tickets is a link of its film."""
        layout = CalendarLayout({"kind": "theatrical"})
        (film,) = read(
            event("1", "Dune", ";VALUE=DATE:20270514", "URL:https://kino.example/dune"),
            layout=layout,
        ).films

        assert [link.url for link in film.links] == ["https://kino.example/dune"]
        assert not film.releases[0].tickets

    def test_links_to_databases_are_identity(self):
        """A link to IMDb, TMDB or Wikidata joins a film with those of other sources."""
        text = (
            "DESCRIPTION:https://www.imdb.com/title/tt15239678/ and "
            "https://www.themoviedb.org/movie/693134-dune-part-two"
        )
        (film,) = read(event("1", "Dune 2", ";VALUE=DATE:20270514", text)).films

        assert dict(film.refs) == {"imdb": "tt15239678", "tmdb": "693134"}

    def test_a_title_alone_joins_nothing(self):
        """A film is called after its calendar, so one of another source with its title is another."""
        (film,) = read(event("1", "Dune")).films

        assert film.id == "kino-dune"


class TestIdentity:
    def test_a_moved_event_is_a_moved_release(self):
        """An event with its UID on another day is the same event of ours, moved."""
        site = Site()
        site.look(event("1", "Dune"), event("2", "Alien"))
        before = site.uids

        told = site.look(event("1", "Dune", ";VALUE=DATE:20270611"), event("2", "Alien"))

        assert [kind for kind, _ in told] == ["delayed"]
        assert site.uids.keys() == before.keys()
        assert site.look(event("2", "Alien"), event("1", "Dune", ";VALUE=DATE:20270611")) == []

    def test_a_renamed_event_is_the_same_film(self):
        """An event whose title changes goes on under its UID, with the new title."""
        site = Site()
        site.look(event("1", "Surprise film"), event("2", "Alien"))
        before = site.uids

        told = site.look(event("1", "Dune: Part Three"), event("2", "Alien"))

        assert [kind for kind, _ in told] == ["retitled"]
        assert site.uids.keys() == before.keys()

    def test_showings_are_told_apart_by_uid(self):
        """Of many events of a film in one place each keeps its own, though the first ones go."""
        site = Site()
        days = {"1": "20270514", "2": "20270515", "3": "20270516"}
        place = "LOCATION:Zoo Palast"

        def shown(**told):
            return [event(uid, "Dune", f";VALUE=DATE:{day}", place) for uid, day in told.items()]

        site.look(*shown(e1=days["1"], e2=days["2"], e3=days["3"]))
        before = site.uids

        told = site.look(*shown(e4="20270520", e3="20270518", e2=days["2"]))

        assert sorted(kind for kind, _ in told) == ["added", "delayed", "withdrawn"]
        assert len(site.uids.keys() - before.keys()) == 1
        moved = [day for uid, day in site.uids.items() if before.get(uid) == "2027-05-16"]
        assert moved == ["2027-05-18"]

    def test_uids_that_are_made_anew_lose_nothing(self):
        """An exporter that gives each event another UID each time moves nothing."""
        site = Site()
        site.look(event("a1", "Dune"), event("a2", "Dune", ";VALUE=DATE:20270521"))

        assert site.look(event("b1", "Dune"), event("b2", "Dune", ";VALUE=DATE:20270521")) == []


class TestBadEvents:
    def told(self, *events, **more):
        found = read(event("good", "Alien"), *events, **more)
        assert "Alien" in [film.title for film in found.films]
        return [str(problem).removeprefix("kino.ics:") for problem in found.left_out]

    @pytest.mark.parametrize(
        ("start", "what"),
        [
            (":2027-05-14", "9:1: 'Dune': not a date: '2027-05-14' (see DTSTART and DTEND)"),
            (":99991231T235959Z", "9:1: 'Dune': date value out of range (see DTSTART and DTEND)"),
            (":20270231", "9:1: 'Dune': no such day or time: '20270231' (see DTSTART and DTEND)"),
            (":20270514T2530", "9:1: 'Dune': not a date: '20270514T2530' (see DTSTART and DTEND)"),
        ],
    )
    def test_a_bad_date_is_told_by_line_and_value(self, start, what):
        """An event on no day is left out and told, and the others are published."""
        assert self.told(event("1", "Dune", start)) == [what]

    def test_an_end_before_the_beginning_is_told(self):
        """An event that ends before it begins is left out."""
        (told,) = self.told(event("1", "Dune", ";VALUE=DATE:20270514", "DTEND;VALUE=DATE:20270501"))

        assert told.startswith("9:1: 'Dune': ends on 2027-05-01, before it begins on 2027-05-14")

    def test_other_mistakes_are_told(self):
        """So is one without a beginning, without a title, with a broken line, or a UID twice."""
        assert self.told(
            "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Dune\r\nEND:VEVENT\r\n",
            event("2", ""),
            event("3", "Dune", ";VALUE=DATE:20270514", "DESCRIPTION:One", "two"),
            event("good", "Dune"),
        ) == [
            "9:1: 'Dune': it has no DTSTART (see DTSTART and DTEND)",
            "13:1: no title is left of '' (see the words of the rules)",
            "23:1: 'Dune': this line is no property (a folded line begins with a space)",
            "25:1: 'Dune' has the UID of another event (the one in line 4 counts)",
        ]

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("RRULE", "RRULE:FREQ=WEEKLY"),
            ("RDATE", "RDATE:20270601"),
            ("RECURRENCE-ID", "RECURRENCE-ID:20270514"),
        ],
    )
    def test_what_repeats_is_refused_by_name(self, name, line):
        """An event with a rule of repetition is left out by name, and the others are published."""
        found = read(event("1", "Dune", ";VALUE=DATE:20270514", line), event("2", "Alien"))

        assert [film.title for film in found.films] == ["Alien"]
        assert [str(note) for note in found.notes] == [
            (
                f"kino.ics:8:1: {name}: 'Dune' repeats, and a release does not "
                "(left out; an event of its own is read)"
            )
        ]

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("Hello", "kino.ics:1:1: not a calendar"),
            (HEAD + event(), "kino.ics:1:1: the calendar is cut short: VCALENDAR has no end"),
            (HEAD + event()[:-14], "kino.ics:4:1: the calendar is cut short: VEVENT has no end"),
        ],
    )
    def test_what_is_no_calendar_is_refused(self, text, what):
        """A page, or half a calendar, counts for nothing, and is no empty calendar."""
        (problem,) = validate(
            [Snapshot("kino.ics", ICS, text.encode(), calendar=PREMIERES)], (), no_progress
        ).problems

        assert str(problem).startswith(what)

    def test_an_empty_calendar_is_one(self):
        """A calendar between two seasons has no events, and nothing is wrong with it."""
        assert read().films == ()


class TestGrammar:
    @given(
        lines=st.lists(
            st.one_of(
                st.sampled_from(LINES),
                st.text(alphabet=st.characters(codec="utf-8"), max_size=30),
                st.tuples(
                    st.sampled_from(("DTSTART", "DTEND", "UID", "SUMMARY", "X-WR-TIMEZONE")),
                    st.sampled_from((":", ";TZID=", ";VALUE=DATE:")),
                    st.text(alphabet="0123456789TZ-:;/a", max_size=18),
                ).map("".join),
            ),
            max_size=30,
        )
    )
    def test_no_lines_raise_anything_else(self, lines):
        """Whatever stands in a calendar, problems are told, and nothing else is raised."""
        text = HEAD + "\r\n".join(lines) + "\r\n" + FOOT
        snapshot = Snapshot("kino.ics", ICS, text.encode(), calendar=PREMIERES)

        assert validate([snapshot], (), no_progress).problems is not None

    def test_what_icalendar_writes_is_read(self):
        """Folded lines, escaped text, quoted parameters and other components are understood."""
        calendar = Calendar.new(name="Filmfest")
        title = "Die Känguru-Chroniken; oder, \\ anders: " + "ä" * 60
        calendar.add_component(
            Event.new(summary=title, start=datetime(2027, 5, 14, tzinfo=UTC).date(), uid="1@x")
        )
        snapshot = Snapshot("kino.ics", ICS, calendar.to_ical(), calendar=PREMIERES)
        (film,) = validate([snapshot], (), no_progress).reading.films

        assert film.title == title

    @pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
    def test_any_end_of_a_line_will_do(self, end):
        """Calendars with other ends of lines, and without folding, are read."""
        text = (HEAD + event(summary="Dune" + " and more" * 20) + FOOT).replace("\r\n", end)
        snapshot = Snapshot("kino.ics", ICS, text.encode(), calendar=PREMIERES)

        assert len(validate([snapshot], (), no_progress).reading.films) == 1

    def test_alarms_are_none_of_the_event(self):
        """What stands in an alarm inside an event says nothing about the event."""
        alarm = "BEGIN:VALARM\r\nSUMMARY:Wake up\r\nDTSTART:x\r\nEND:VALARM"
        found = read(event("1", "Dune", ";VALUE=DATE:20270514", alarm))

        assert [film.title for film in found.films] == ["Dune"]


class TestImport:
    def test_a_calendar_becomes_a_data_file(self, tmp_path):
        """`releasecal import` writes a calendar as YAML, with a kind for all, and tells bad events."""
        path = tmp_path / "fest.ics"
        path.write_text(HEAD + event() + event("2", "Alien", ":soon") + FOOT)
        found = imported(str(path), {"kind": "premiere", "region": "DE"})
        (tmp_path / "fest.yaml").write_text(found.text)
        (film,) = sources.read([str(tmp_path / "fest.yaml")])[0].films

        assert (film.title, str(film.releases[0].current.when)) == ("Harbour Light", "2027-05-14")
        assert len(found.left_out) == 1


class TestOwnFeeds:
    def test_a_feed_of_ours_comes_back(self):
        """Title, kind, day, channel and status of each event of a feed come back from it."""
        layout = CalendarLayout(
            {"region": "US"},
            rules=(
                Rule(("– in cinemas",), facts={"kind": "theatrical"}),
                Rule(("– earliest streaming",), facts={"kind": "streaming"}),
                Rule(("on Paramount+",), facts={"channel": "Paramount+"}),
                Rule(("(US)",), facts={"region": "US"}),
            ),
        )
        feed = GOLDEN.read_bytes()
        result = validate([Snapshot("kino.ics", ICS, feed, calendar=layout)], (), no_progress)

        assert not result.problems
        assert not result.reading.left_out
        assert sorted(
            (film.title, each.kind.slug, each.key.region, str(each.current.when), each.channel)
            for film in result.reading.films
            for each in film.releases
        ) == [
            ("Mission: Impossible 7", "streaming", "US", "2023-08-28", "Paramount+"),
            ("Mission: Impossible 7", "theatrical", "US", "2023-07-14", ""),
            ("Mission: Impossible 8", "theatrical", "US", "2024-06-28", ""),
            ("Top Gun: Maverick", "theatrical", "US", "2022-05-27", ""),
        ]
        expected = {
            str(each["DTSTART"].dt): each["STATUS"] for each in Calendar.from_ical(feed).events
        }
        assert {
            str(each.current.when): each.current.certainty.value
            for each in releases(result.reading)
        } == {
            day: "tentative" if status == "TENTATIVE" else "confirmed"
            for day, status in expected.items()
        }


class TestFiles:
    def test_the_layout_lies_beside_it(self, tmp_path):
        """In a data folder a file called after the calendar says how it is read."""
        (tmp_path / "fest.ics").write_text(HEAD + event(summary="Gala: Dune") + FOOT)
        (tmp_path / "fest.ics.yaml").write_text(
            "calendar:\n"
            "  kind: premiere\n"
            "  region: DE\n"
            "  source: fest\n"
            "  rules:\n"
            "    - {words: ['Gala:'], label: Gala}\n"
            "sources:\n"
            "  - {id: fest, title: Filmfest}\n"
        )
        reading = sources.read([str(tmp_path)])[0]

        (film,) = reading.films
        assert (film.id, film.title, film.source) == ("fest-dune", "Dune", "fest")
        assert film.releases[0].label == "Gala"

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("calendar: {zone: Berlin}", "zone: there is no zone 'Berlin'"),
            ("calendar: {rules: [{words: [x]}]}", "a rule has nothing but words"),
            ("calendar: {rules: [{kind: tv}]}", "a rule has no words"),
            ("calendar: {rules: [{words: [], kind: tv}]}", "words"),
            ("table: {kind: tv}", "table: it tells of a table that the file is not called after"),
        ],
    )
    def test_a_wrong_layout_is_told(self, tmp_path, text, what):
        """What is wrong in the file beside a calendar is told there."""
        (tmp_path / "fest.ics").write_text(HEAD + event() + FOOT)
        (tmp_path / "fest.ics.yaml").write_text(text)

        with pytest.raises(DataError) as error:
            sources.read([str(tmp_path)])
        told = "\n".join(map(str, error.value.problems))
        assert "fest.ics.yaml:1:" in told
        assert what in told
