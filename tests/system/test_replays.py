"""
Replays: what was announced of three real films, day by day, is what the feed showed.

The history is that of `examples/after-the-article`, with `data/` behind it. What has no day
of announcement there counts as announced before whatever follows it; where nothing does,
on its own day, for by then everybody knew.
"""

import csv
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from itertools import count

import pytest

from releasecal import sources
from releasecal.core.catalogue import merge
from releasecal.core.dates import PartialDate
from releasecal.core.editions import NOTHING
from releasecal.core.revise import Policy, revise
from releasecal.formats import ics
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.sources.remote import SourceSettings
from releasecal.store import Inputs, Store, answering_queries, lease, newest_edition, write
from support.clients import CLIENTS, Nextcloud
from support.clock import Clock
from support.conformance import Document, problems, unfaithful
from support.database import database_url
from support.faulty_server import Answer, FaultyServer
from support.paths import ARTICLE, DATA, REPLAYS

IMPRINT = SiteSettings(public_url="https://films.example", uid_domain="films.example")
TALE = merge(sources.read([str(ARTICLE), str(DATA)]))
BEGIN = date(2018, 6, 1)

SEVEN, EIGHT, MAVERICK = (
    f"{film}.theatrical.us"
    for film in ("mission-impossible-7", "mission-impossible-8", "top-gun-maverick")
)
STREAM = "mission-impossible-7.streaming.us.paramount-plus"

ANNOUNCED = {
    # by when it was announced: which releases, for which day; by hand, from the files
    "2018-06-01": {MAVERICK: "2019-07-12"},
    "2018-08-29": {MAVERICK: "2020-06-26"},
    "2019-02-01": {SEVEN: "2021-07-23", EIGHT: "2022-08-05"},
    "2020-04-02": {MAVERICK: "2020-12-23"},
    "2020-04-24": {SEVEN: "2021-11-19", EIGHT: "2022-11-04"},
    "2020-07-23": {MAVERICK: "2021-07-02"},
    "2021-04-09": {SEVEN: "2022-05-27", EIGHT: "2023-07-07", MAVERICK: "2021-11-19"},
    "2021-09-01": {SEVEN: "2022-09-30", MAVERICK: "2022-05-27"},
    "2022-01-21": {SEVEN: "2023-07-14", EIGHT: "2024-06-28"},
    "2022-03-25": {STREAM: "2023-08-28"},  # the article: 45 days, at least
    "2022-05-04": {"top-gun-maverick.premiere.us": "2022-05-04"},
    "2022-05-18": {"top-gun-maverick.premiere.fr": "2022-05-18"},
    "2022-05-25": {"top-gun-maverick.theatrical.fr": "2022-05-25"},
    "2022-08-23": {"top-gun-maverick.digital.us": "2022-08-23"},
    "2022-11-01": {"top-gun-maverick.physical.us": "2022-11-01"},
    "2022-12-22": {"top-gun-maverick.streaming.us.paramount-plus": "2022-12-22"},
    "2023-04-27": {SEVEN: "2023-07-12", STREAM: "2023-08-26"},
    "2023-06-19": {"mission-impossible-7.premiere.it": "2023-06-19"},
    "2023-10-10": {"mission-impossible-7.digital.us": "2023-10-10"},
    "2023-10-23": {EIGHT: "2025-05-23"},
    "2023-10-31": {"mission-impossible-7.physical.us": "2023-10-31"},
    "2024-01-18": {
        STREAM: "2024-01-25",
        "mission-impossible-7.streaming.ca.paramount-plus": "2024-01-25",
    },
    "2024-06-28": {"a-quiet-place-day-one.theatrical.us": "2024-06-28"},
    "2025-05-14": {"mission-impossible-8.premiere.fr": "2025-05-14"},
    "2025-08-19": {"mission-impossible-8.digital.us": "2025-08-19"},
    "2025-12-04": {"mission-impossible-8.streaming.us.paramount-plus": "2025-12-04"},
}

TITLED = {
    # from when on a film was called what
    "mission-impossible-7": {
        "2018-06-01": "Mission: Impossible 7",
        "2022-04-28": "Mission: Impossible – Dead Reckoning – Part One",
        "2024-01-18": "Mission: Impossible – Dead Reckoning",
    },
    "mission-impossible-8": {
        "2018-06-01": "Mission: Impossible 8",
        "2022-04-01": "Mission: Impossible – Dead Reckoning Part Two",
        "2023-10-23": "Mission: Impossible 8",
        "2024-11-11": "Mission: Impossible – The Final Reckoning",
    },
}

DAYS = sorted({*ANNOUNCED, *(day for days in TITLED.values() for day in days)})

TOLD = {
    # what a description says from some day on, of slots above all
    "2021-04-09": [
        (
            SEVEN,
            "Moved from 19 Nov 2021 to 27 May 2022, announced by 9 Apr 2021: COVID-19 pandemic",
        ),
        (SEVEN, "19 Nov 2021 went to Top Gun: Maverick"),
        (MAVERICK, "the date was Mission: Impossible 7's"),
    ],
    "2021-09-01": [
        (SEVEN, "27 May 2022 went to Top Gun: Maverick"),
        (MAVERICK, "Moved from 19 Nov 2021 to 27 May 2022"),
    ],
    "2022-01-21": [(SEVEN, "Moved from 30 Sep 2022 to 14 Jul 2023")],
    "2022-03-25": [
        (STREAM, "Not announced: the earliest day possible, 45 days after"),
        (STREAM, "How long this has to be is disputed."),
    ],
    "2023-10-23": [(EIGHT, "28 Jun 2024 went to A Quiet Place: Day One")],
    "2024-01-18": [(STREAM, "Set for 25 Jan 2024 (calculated before: 26 Aug 2023)")],
}


def announced_by(day):
    """Return the catalogue of what had been announced by *day*, as files of then told it."""
    films = {}
    for id_, film in TALE.films.items():
        releases = tuple(filter(None, (_known(release, day) for release in film.releases)))
        windows = tuple(window for window in film.windows if (window.as_of or day) <= day)
        title = _title(film, day)
        films[id_] = replace(film, title=title, releases=releases, windows=windows)
    return replace(TALE, films=films)


def _known(release, day):
    """Return *release* with the announcements made by *day*, or None if there was none."""
    following = release.current.when.first
    known = []
    for revision in reversed(release.history):
        following = revision.as_of or (following if revision is release.current else BEGIN)
        if following <= day:
            known.insert(0, revision)
    if not known:
        return None
    known[-1] = replace(known[-1], slot_to="")  # who takes its date is known when it moves
    return replace(release, history=tuple(known))


def _title(film, day):
    """Return what *film* was called on *day*."""
    today = PartialDate.of_day(day)
    for title in film.titles:
        since = title.since.first if title.since else date.min
        until = title.until.first if title.until else date.max
        if title.kind in ("working", "former", "official") and since <= today.first < until:
            return title.title
    return film.title


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    """Publish each day's catalogue onto the day before; return {day: document}."""
    store = Store.open(database_url(tmp_path_factory.mktemp("replay") / "releasecal.db"))
    policy = Policy(event_digests=lambda several: ics.event_digests(several, IMPRINT))
    edition, documents = NOTHING, {}
    for text in DAYS:
        day = date.fromisoformat(text)
        now = datetime.combine(day, time(12), UTC)
        following, changes = revise(edition, announced_by(day), now=now, policy=policy)
        assert lease.acquire(store, "replay", now=now)
        write.save(store, following, edition, changes, inputs=Inputs(text), holder="replay")
        lease.release(store, "replay")
        edition = store.ask(newest_edition.edition)
        assert edition == following
        feed = store.ask(
            answering_queries.feed, EVERYTHING, path="/calendar", site=IMPRINT, today=day
        )
        documents[text] = ics.render(feed)
    store.close()
    return documents


def state(table, text):
    """Return what *table* (changes by day) comes to on the day *text*."""
    known = {}
    for day, news in sorted(table.items()):
        if day <= text:
            known |= news
    return known


@pytest.mark.parametrize("text", DAYS)
def test_the_feed_of_a_day_is_what_was_announced_then(replay, text):
    """Every release that had a day stands on it, nothing else does, and all parse it."""
    document = replay[text]
    days = {uid: date.fromisoformat(day) for uid, day in state(ANNOUNCED, text).items()}

    assert problems(document) == []
    for client in map(lambda make: make(), CLIENTS):  # noqa: C417 - classes are called
        client.receive(document)
        shown = {uid.partition("@")[0]: each for uid, each in client.shown().items()}
        assert {uid: each.first for uid, each in shown.items()} == days
        for uid, each in shown.items():
            titles = TITLED.get(uid.partition(".")[0], {})
            for title in state({day: {"": title} for day, title in titles.items()}, text).values():
                assert each.summary.startswith(f"{title} – ")


def test_clients_that_follow_see_the_same_as_one_that_begins(replay):
    """Whoever subscribed in 2018 has today what a new subscriber gets, each on its days."""
    clients = [client() for client in CLIENTS]
    known, before = {}, None
    for text in DAYS:
        document = replay[text]
        fresh = Nextcloud()
        fresh.receive(document)
        days = {uid: (each.first, each.summary) for uid, each in fresh.shown().items()}
        for client in clients:
            client.receive(document)
            shown = {uid: (each.first, each.summary) for uid, each in client.shown().items()}
            assert shown == days, (text, client)
        for event in Document.take_apart(document).events:
            uid, sequence = event.value("UID"), int(event.value("SEQUENCE"))
            assert sequence >= known.get(uid, 0)
            known[uid] = sequence
        assert before is None or unfaithful(before, document) == []
        before = document
    assert {uid.partition("@")[0] for uid in known} == state(ANNOUNCED, DAYS[-1]).keys()


@pytest.mark.parametrize("text", TOLD)
def test_reasons_slots_and_windows_are_in_the_description(replay, text):
    """Reasons, slots that changed hands and windows stand in the description from then on."""
    for day in (text, DAYS[-1]):
        client = Nextcloud()
        client.receive(replay[day])
        for id_, words in TOLD[text]:
            if day != text and ("45 days" in words or "disputed" in words):
                continue  # what was derived has been announced since
            description = client.shown()[f"{id_}@films.example"].description
            assert words in description  # with the title of its time


def test_the_streaming_date_is_one_event_from_derived_to_announced(replay):
    """It is derived, moves with the opening, and is announced, all under one UID."""
    story = {}
    for text in DAYS:
        streams = [
            event
            for event in Document.take_apart(replay[text]).events
            if event.value("UID").startswith("mission-impossible-7.streaming.us")
        ]
        for event in streams:
            kind = event.value("CATEGORIES").partition(",")[0]
            story[kind, event.value("STATUS"), event.value("DTSTART")] = (
                event.value("UID"),
                int(event.value("SEQUENCE")),
            )
    assert story == {
        ("Streaming-eligible", "TENTATIVE", "20230828"): (f"{STREAM}@films.example", 0),
        ("Streaming-eligible", "TENTATIVE", "20230826"): (f"{STREAM}@films.example", 1),
        ("Streaming", "CONFIRMED", "20240125"): (f"{STREAM}@films.example", 2),
    }


def test_the_last_feed_has_every_move(replay):
    """The last feed tells each move of the seventh film, in order, with what was published."""
    client = Nextcloud()
    client.receive(replay[DAYS[-1]])

    lines = client.shown()[f"{SEVEN}@films.example"].description.splitlines()

    latest = next(line for line in lines if line.startswith("Moved"))
    told = [*(line for line in lines if line.startswith("• ")), latest]
    days = "23 Jul 2021, 19 Nov 2021, 27 May 2022, 30 Sep 2022, 14 Jul 2023, 12 Jul 2023"
    assert len(told) == 6
    for line, day in zip(told, days.split(", "), strict=True):
        assert f"to {day}" in line or f"Set for {day}" in line


def uk_looks():
    """Return [(moment, the day of each film then)] of the UK list, as far as it was observed."""
    looks = defaultdict(list)
    with (REPLAYS / "uk_2026.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            looks[row["observed"]].append((row["film"], row["opens"]))
    return [(datetime.fromisoformat(moment), dict(looks[moment])) for moment in sorted(looks)]


def uk_moves(folder, every, *, restart_after):
    """
    Return the moves that a server published of the UK list, in the end.

    It looks *every* so often at a file that is written when the list changes, and is another
    process after *restart_after* looks. Two servers share the database, and look in turn.
    """
    looks = uk_looks()
    clock, end = Clock(), looks[-1][0] + timedelta(days=2)
    clock.now = looks[0][0]
    path, state, published, number = folder / "uk.json", {}, [], 0
    folder.mkdir()
    store = Store.open(database_url(folder / "releasecal.db"))
    servers = []
    while clock.now <= end:
        while looks and looks[0][0] <= clock.now:
            state |= looks.pop(0)[1]
            path.write_text(uk_export(state))
        if number % restart_after == 0:
            servers = [Publisher(store, [str(path)], IMPRINT, clock) for _ in range(2)]
        published += moves(servers[number % 2].refresh())
        clock.now += every
        number += 1
    store.close()
    return sorted(published)


def uk_moves_over_the_web(folder, every, *, restart_after):
    """
    Return the same of the list as a file on the web, and how many looks were answered by 304.

    A look is taken when it is due; a refresh follows each, and reads what was fetched last.
    """
    looks, state, published, answered = uk_looks(), {}, [], Counter()
    clock, end = Clock(), looks[-1][0] + timedelta(days=2)
    clock.now = looks[0][0]
    folder.mkdir()

    def answer(asked):
        data = uk_export(state).encode()
        tag = f'"{blake2b(data, digest_size=8).hexdigest()}"'
        is_same = asked.headers.get("if-none-match") == tag
        answered[304 if is_same else 200] += 1
        return Answer(b"", 304) if is_same else Answer(data, 200, {"ETag": tag})

    with FaultyServer(answer) as server:
        address = f"{server.address}/uk.json"
        settings = SourceSettings("web", "file", address=address, every=every)
        store, publisher, fetcher = None, None, None
        for number in count():
            if clock.now > end:
                break
            while looks and looks[0][0] <= clock.now:
                state |= looks.pop(0)[1]
            if number % restart_after == 0:
                if store:
                    store.close()
                store = Store.open(database_url(folder / "releasecal.db"))
                publisher = Publisher(store, ["web"], IMPRINT, clock)
                publisher.fetched = frozenset({"web"})
                fetcher = Fetcher(store, [settings], clock)
            assert fetcher.look("web").problems == ()
            published += moves(publisher.refresh())
            clock.now += every
        store.close()
    return sorted(published), answered


def moves(report):
    """Return [(film, old day, new day)] of the changes of days in *report*."""
    return [
        (change.key.film, str(change.old.when), str(change.new.when))
        for change in report.changes
        if change.old and change.old.statement != change.new.statement
    ]


def uk_export(state):
    films = [
        {
            "id": f"f{id_}",
            "title": f"Film {id_}",
            "source": "tmdb",
            "releases": [{"kind": "theatrical", "region": "GB", "when": day}],
        }
        for id_, day in state.items()
    ]
    return json.dumps({"sources": [{"id": "tmdb", "machine": True}], "films": films})


def test_the_uk_list_comes_to_the_same_every_15_minutes_and_every_6_hours(tmp_path):
    """Restarts, two processes and files that stay as they are change nothing of it."""
    often = uk_moves(tmp_path / "often", timedelta(minutes=15), restart_after=100)
    seldom = uk_moves(tmp_path / "seldom", timedelta(hours=6), restart_after=1)

    assert often == seldom
    assert len(often) == 25
    assert [move for move in often if (move[0], move[2], move[1]) in often] == []


def test_the_uk_list_comes_to_the_same_over_the_web(tmp_path):
    """A look that is answered by 304 confirms what is pending, also after restarts between."""
    on_disk = uk_moves(tmp_path / "disk", timedelta(hours=6), restart_after=1)
    fetched, answered = uk_moves_over_the_web(tmp_path / "web", timedelta(hours=6), restart_after=3)

    assert fetched == on_disk
    assert answered[304] > answered[200] > 0
