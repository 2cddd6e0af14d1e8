"""The notifier: each change reaches each target, once for whoever knows ids, and nobody waits for it."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from releasecal.core.changes import ChangeKind
from releasecal.errors import RefreshRunning
from releasecal.notify import webhook, websub
from releasecal.notify.news import DeliveryFailed
from releasecal.notify.news_target import NewsTarget
from releasecal.notify.senders import SENDERS
from releasecal.queries.feed_paths import NamedFeed
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.lease_keeper import hold
from releasecal.refresh.notifier import AT_ONCE, FIRST_RETRY, MAX_RETRY, Notifier
from releasecal.refresh.publisher import Publisher
from releasecal.sources.remote import Secret
from releasecal.sources.remote.pace import Pace
from releasecal.store import Store, outbox
from releasecal.store.outbox import GIVE_UP, KEEP
from support.clock import Clock
from support.database import database_url, rows
from support.faulty_server import FAULTS, Answer, FaultyServer, status
from support.receiver import SECRET, Receiver

pytestmark = pytest.mark.slow

SITE = SiteSettings(public_url="https://films.example")
HOUR = timedelta(hours=1)


def data(path, **days):
    """Write a film for each of *days*, which are the days of its opening in the US."""
    films = [
        {
            "id": id_.replace("_", "-"),
            "title": id_.title(),
            "releases": [{"kind": "theatrical", "region": "US", "when": day}],
        }
        for id_, day in days.items()
    ]
    path.write_text(json.dumps({"films": films}))


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    short = Pace(pause=timedelta(seconds=0.3), patience=timedelta(seconds=0.5))
    monkeypatch.setattr(webhook, "PACE", short)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "films.json"


@pytest.fixture
def publisher(tmp_path, path):
    """Publish two films; a target called "club" hears of what comes after them."""
    data(path, one="2031-01-01", two="2031-02-01")
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(path)], SITE, Clock())
    publisher.told = frozenset({"club"})
    publisher.refresh()
    yield publisher
    store.close()


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def target(receiver):
    address = Secret(f"{receiver.address}/hook")
    return NewsTarget("club", "webhook", address, EVERYTHING, secret=Secret(SECRET))


@pytest.fixture
def news(publisher, path):
    """Publish films with new days, an hour after what was before."""

    def publish(**days):
        publisher.clock.now += HOUR
        data(path, **days)
        return publisher.refresh(accept_loss=True)

    return publish


@pytest.fixture
def notifier(publisher, target):
    return Notifier(publisher.store, [target], SITE, publisher.clock)


def waiting(publisher):
    return publisher.store.ask(outbox.states)["club"]


# ── What is told


def test_a_change_is_told_once(publisher, news, notifier, receiver):
    """A film that moves is told in its own words; afterwards there is nothing to tell."""
    news(one="2031-03-01", two="2031-02-01")

    assert notifier.round() == 1

    (message,) = receiver.accepted.values()
    assert message["type"] == "change"
    assert message["timestamp"] == "2030-11-22T10:30:00Z"
    told = message["data"]
    assert (told["film"], told["change"], told["old"], told["new"]) == (
        *("one", "delayed", "2031-01-01", "2031-03-01"),
    )
    assert told["in_words"] == "Moved from 1 Jan 2031 to 1 Mar 2031"
    assert told["url"] == "https://films.example/films/one"
    before = rows(publisher.store)
    assert notifier.round() == 0
    assert rows(publisher.store) == before
    assert len(receiver.asked) == 1


def test_the_first_edition_and_new_films_are_no_news(news, notifier, receiver):
    """Nothing is told of what is new to the catalogue, least of all when all of it is."""
    news(one="2031-01-01", two="2031-02-01", three="2031-03-01")

    assert notifier.round() == 0
    assert receiver.asked == []


def test_new_films_are_news_for_who_wants_them(publisher, news, target, receiver):
    """A target that names the change "added" is told of new films, but for those of the first day."""
    notifier = Notifier(
        publisher.store, [replace(target, changes=(ChangeKind.ADDED,))], SITE, publisher.clock
    )

    news(one="2031-03-01", two="2031-02-01", three="2031-03-01")
    notifier.round()

    assert [each["data"]["film"] for each in receiver.accepted.values()] == ["three"]


def test_data_without_news_send_nothing(publisher, news, notifier, receiver):
    """An equal file, read anew, and a refresh without one are no news."""
    news(one="2031-01-01", two="2031-02-01")
    publisher.refresh()

    assert notifier.round() == 0
    assert receiver.asked == []


def test_a_selection_is_told_of_its_own_changes(publisher, news, target, receiver):
    """A query selects releases as that of a feed does, and says the language."""
    query = NamedFeed.parse("club", "film=two&region=US&q=two&lang=de").query
    notifier = Notifier(publisher.store, [replace(target, query=query)], SITE, publisher.clock)

    news(one="2031-03-01", two="2031-04-01")
    notifier.round()

    (message,) = receiver.accepted.values()
    assert message["data"]["film"] == "two"
    assert message["data"]["in_words"].startswith("Verlegt vom 1. Februar 2031")


def test_a_film_is_known_by_the_id_that_it_had(publisher, path, target, receiver):
    """A table that names the film by a former id goes on."""
    query = NamedFeed.parse("club", "film=one").query
    notifier = Notifier(publisher.store, [replace(target, query=query)], SITE, publisher.clock)
    publisher.clock.now += HOUR
    text = path.read_text().replace('"id": "one"', '"id": "first", "was": ["one"]')
    path.write_text(text.replace("2031-01-01", "2031-05-01"))

    publisher.refresh()
    notifier.round()

    (message,) = receiver.accepted.values()
    assert (message["data"]["film"], message["data"]["new"]) == ("first", "2031-05-01")


def test_a_worldwide_date_answers_for_a_country(publisher, path, target, receiver):
    """As in feeds, a release elsewhere is told where the region has none of its own."""
    query = NamedFeed.parse("club", "region=DE").query
    notifier = Notifier(publisher.store, [replace(target, query=query)], SITE, publisher.clock)
    path.write_text(path.read_text().replace('"US"', '"001"'))
    publisher.refresh(accept_loss=True)

    publisher.clock.now += HOUR
    path.write_text(path.read_text().replace("2031-01-01", "2031-05-01"))
    publisher.refresh(accept_loss=True)
    notifier.round()

    assert "2031-05-01" in {each["data"]["new"] for each in receiver.accepted.values()}


def test_many_changes_are_one_message(news, notifier, receiver):
    """500 changes of an edition come as one, with their number and the first of them."""
    news(**{f"film_{number}": "2031-01-01" for number in range(500)})
    notifier.round()
    receiver.accepted.clear()

    news(**{f"film_{number}": "2031-06-01" for number in range(500)})

    assert notifier.round() == 1
    (message,) = receiver.accepted.values()
    told = message["data"]
    assert (message["type"], told["count"], len(told["changes"])) == ("changes.digest", 500, 100)
    assert told["url"] == f"https://films.example/changes?since={told['edition'] - 1}"
    assert len({each["id"] for each in told["changes"]}) == 100
    (asked,) = [each for each in receiver.asked if b"changes.digest" in each.body][-1:]
    assert len(asked.body) < 100_000  # which many servers take at most


def test_a_new_target_is_told_of_what_comes_after_it(publisher, news, target, receiver):
    """What changed before the first refresh that knew it is no news to it."""
    news(one="2031-03-01", two="2031-02-01")
    publisher.told = frozenset({"club", "late"})
    news(one="2031-03-01", two="2031-05-01")
    late = replace(target, name="late")
    both = Notifier(publisher.store, [target, late], SITE, publisher.clock)

    assert both.round() == 3

    told = [each["data"]["film"] for each in receiver.accepted.values()]
    assert sorted(told) == ["one", "two", "two"]


def test_a_day_that_comes_is_told(publisher, notifier, receiver):
    """A film that opens is news of that day, which no file has changed."""
    publisher.clock.now += timedelta(days=40)
    publisher.refresh()

    notifier.round()

    assert [each["data"]["change"] for each in receiver.accepted.values()] == ["released"]


# ── What goes wrong


@pytest.mark.parametrize("fault", ["429", "500", "silence", "closed at once", "redirect loop"])
def test_what_fails_is_tried_again_with_the_same_id(publisher, news, notifier, receiver, fault):
    """A message that was not accepted comes again, later, and is the same one."""
    news(one="2031-03-01", two="2031-02-01")
    receiver.fail(FAULTS[fault][0])

    assert notifier.round() == 0
    assert waiting(publisher).problem
    assert notifier.round() == 0  # not at once
    assert len(receiver.asked) == 1
    receiver.fail(None)
    publisher.clock.now += 2 * FIRST_RETRY
    assert notifier.round() == 1
    ids = {each.headers["webhook-id"] for each in receiver.asked}
    assert ids == receiver.accepted.keys()


def test_what_was_accepted_and_looked_lost_is_accepted_once(publisher, news, notifier, receiver):
    """A receiver that takes a message and fails to say so gets it again under its id."""
    news(one="2031-03-01", two="2031-04-01")
    receiver.loses = lambda asked: receiver.attempts[asked.headers["webhook-id"]] < 3

    for _ in range(8):
        notifier.round()
        publisher.clock.now += HOUR

    assert sorted(receiver.attempts.values()) == [3, 3]
    assert len(receiver.changes) == len(set(receiver.changes)) == 2
    assert waiting(publisher).waiting == 0


def test_waits_grow_and_the_receiver_can_ask_for_more(publisher, news, notifier, receiver):
    """Each further attempt waits about twice as long, or as long as Retry-After says, to a day."""
    news(one="2031-03-01", two="2031-02-01")
    receiver.fail(status(500))
    waits = []
    for _ in range(12):
        notifier.round()
        waits.append(waiting(publisher).due - publisher.clock.now)
        publisher.clock.now += 2 * waits[-1]  # when its target does not rest any more either
    for number, wait in enumerate(waits):
        usual = min(FIRST_RETRY * 2**number, MAX_RETRY)
        assert 0.7 * usual <= wait <= 1.3 * usual

    for seconds, most in ((40_000, timedelta(seconds=40_000)), (10**8, timedelta(days=1))):
        receiver.fail(status(503, Retry_After=str(seconds)))
        notifier.round()
        assert waiting(publisher).due - publisher.clock.now == most
        publisher.clock.now += most


def test_a_target_that_fails_is_asked_once_a_round(news, notifier, receiver):
    """What else waits for it does not knock as well."""
    news(one="2031-03-01", two="2031-04-01")
    receiver.fail(status(500))

    notifier.round()

    assert len(receiver.asked) == 1


def test_a_target_that_fails_again_and_again_is_left_alone(news, publisher, notifier, receiver):
    """However much waits, it is asked less and less; once it takes a message, all is sent."""
    films = [f"film_{number}" for number in range(15)]
    news(one="2031-01-01", two="2031-02-01", **dict.fromkeys(films, "2031-01-01"))
    news(one="2031-01-01", two="2031-02-01", **dict.fromkeys(films, "2031-06-01"))
    receiver.fail(status(500))

    for _ in range(12 * 60):  # an hour of rounds
        notifier.round()
        publisher.clock.now += timedelta(seconds=5)

    assert 5 <= len(receiver.asked) <= 9
    receiver.fail(None)
    publisher.clock.now += HOUR
    notifier.round()
    publisher.clock.now += MAX_RETRY
    notifier.round()
    assert len(receiver.accepted) == 15


def test_a_message_that_alone_is_refused_holds_up_no_other(publisher, news, notifier, receiver):
    """It waits for longer and longer, while the others go out."""
    news(one="2031-03-01", two="2031-04-01")
    receiver.loses = lambda asked: b'"film": "one"' in asked.body

    for _ in range(20):
        notifier.round()
        publisher.clock.now += timedelta(minutes=1)

    attempts = {receiver.accepted[id_]["data"]["film"]: n for id_, n in receiver.attempts.items()}
    assert attempts["two"] == 1
    assert 3 <= attempts["one"] <= 6


def test_a_clock_gone_wrong_delays_nothing_for_long(publisher, news, notifier, receiver):
    """A wait that was noted days ahead is void once the clock is right again."""
    news(one="2031-03-01", two="2031-02-01")
    publisher.clock.now += timedelta(days=3)
    receiver.fail(status(500), times=1)
    notifier.round()
    publisher.clock.now -= timedelta(days=3)

    assert notifier.round() == 1
    assert len(receiver.asked) == 2


def test_a_clock_that_jumps_ahead_loses_nothing(publisher, news, notifier, receiver):
    """What waits is tried once more before it is given up for its age."""
    news(one="2031-03-01", two="2031-02-01")
    receiver.fail(status(500), times=1)
    notifier.round()
    publisher.clock.now += timedelta(days=365)

    notifier.round()

    assert len(receiver.accepted) == 1


def test_one_target_that_hangs_delays_no_other(publisher, news, target, receiver):
    """The others are told in the same round, and a refresh is not held up."""
    publisher.told = frozenset({"club", "hangs"})
    news(one="2031-03-01", two="2031-02-01")
    news(one="2031-03-01", two="2031-04-01")
    with FaultyServer(lambda _: Answer()) as other:
        other.fail(lambda handler: handler.wait())
        hangs = replace(target, name="hangs", address=Secret(f"{other.address}/"))
        notifier = Notifier(publisher.store, [hangs, target], SITE, publisher.clock)

        assert notifier.round() == 2

    assert len(receiver.accepted) == 2


def test_what_nobody_takes_is_given_up_and_told(publisher, news, notifier, receiver, caplog):
    """After a week a message is given up, which is an error in the log; a month later it is gone."""
    news(one="2031-03-01", two="2031-02-01")
    receiver.fail(status(500))
    notifier.round()
    publisher.clock.now += GIVE_UP
    with caplog.at_level(logging.ERROR):
        notifier.round()
    assert "to club that nobody took, and are given up: 1" in caplog.text
    assert (waiting(publisher).waiting, waiting(publisher).given_up) == (0, 1)

    receiver.fail(None)
    news(one="2031-04-01", two="2031-02-01")
    publisher.clock.now += KEEP
    notifier.round()

    assert waiting(publisher).given_up == 0


def test_a_round_sends_so_many(publisher, receiver, news, target):
    """What is more comes in the next one, in order."""
    notifier = Notifier(publisher.store, [replace(target, most=1_000)], SITE, publisher.clock)
    films = [f"film_{number}" for number in range(AT_ONCE + 3)]
    news(one="2031-01-01", two="2031-02-01", **dict.fromkeys(films, "2031-01-01"))
    news(one="2031-03-01", two="2031-03-01", **dict.fromkeys(films, "2031-06-01"))

    assert [notifier.round(), notifier.round(), notifier.round()] == [20, 5, 0]
    assert receiver.changes == sorted(receiver.changes)


def test_one_process_sends_at_a_time(publisher, news, notifier, receiver):
    """A second one leaves it alone."""
    news(one="2031-03-01", two="2031-02-01")

    with hold(publisher.store, publisher.clock, "notify"), pytest.raises(RefreshRunning):
        notifier.round()

    assert receiver.asked == []


def test_a_process_that_was_stopped_for_long_sends_nothing_twice(
    publisher, news, target, notifier, receiver
):
    """It goes on with a list that another process has worked off: each attempt is noted first."""
    news(one="2031-03-01", two="2031-04-01")

    def send(target, message, clock):
        if not receiver.accepted:  # meanwhile, the lease has ended
            publisher.clock.now += HOUR
            assert notifier.round() == 2
        SENDERS["webhook"](target, message, clock)

    stopped = Notifier(publisher.store, [target], SITE, publisher.clock, {"webhook": send})
    stopped.round()

    assert sorted(receiver.attempts.values()) == [1, 2]  # the one that was on its way
    assert len(receiver.accepted) == 2


def test_a_bug_of_a_sender_stops_no_other_target(publisher, news, target, caplog):
    """It is in the log, without the address, and the message waits."""
    publisher.told = frozenset({"club", "broken"})
    news(one="2031-03-01", two="2031-02-01")
    news(one="2031-03-01", two="2031-04-01")
    broken = replace(target, name="broken", type="broken")

    def send(target, *_):
        raise KeyError(target.address.reveal())

    notifier = Notifier(
        publisher.store, [broken, target], SITE, publisher.clock, {**SENDERS, "broken": send}
    )

    assert notifier.round() == 2
    assert publisher.store.ask(outbox.states)["broken"].problem == "internal error: KeyError"
    assert "KeyError: '***'" in caplog.text
    assert "/hook" not in caplog.text


def test_a_private_address_is_not_asked(publisher, news, target):
    """A webhook into the operator's network needs that the table allows it."""
    news(one="2031-03-01", two="2031-02-01")
    inside = replace(target, address=Secret("https://10.0.0.1/hook"))

    Notifier(publisher.store, [inside], SITE, publisher.clock).round()

    assert "a private address" in waiting(publisher).problem


def test_no_secret_is_in_log_or_database(publisher, news, target, receiver, caplog):
    """Neither the key nor the address, whatever goes wrong."""
    news(one="2031-03-01", two="2031-02-01")
    secret = replace(target, address=Secret(f"{receiver.address}/hooks/s3cret-path"))
    notifier = Notifier(publisher.store, [secret], SITE, publisher.clock)
    with caplog.at_level(logging.DEBUG, "releasecal"):
        for fault, _ in FAULTS.values():
            receiver.fail(fault)
            notifier.round()
            publisher.clock.now += MAX_RETRY / 2
            assert "s3cret" not in str(rows(publisher.store))
    ours = "\n".join(each.getMessage() for each in caplog.records if "releasecal" in each.name)
    assert ours
    for text in ("s3cret", SECRET, SECRET[6:]):
        assert text not in ours


def test_a_target_without_its_secret_waits_for_a_process_that_has_it(
    publisher, news, target, caplog
):
    """The first one says so once, and leaves the messages alone."""
    news(one="2031-03-01", two="2031-02-01")

    poor = Notifier(publisher.store, [replace(target, secret=Secret())], SITE, publisher.clock)

    assert poor.round() == 0
    assert "nothing is sent to club: it has no secret" in caplog.text
    with pytest.raises(DeliveryFailed, match="no secret"):
        poor.send(*poor.trial("club"))
    assert Notifier(publisher.store, [target], SITE, publisher.clock).round() == 1


# ── Hubs


def test_a_hub_is_told_of_each_feed_that_names_it(publisher, news):
    """Once an edition, the log of changes in each language; and of an edition without changes not."""
    with FaultyServer(lambda _: Answer(b"", 202)) as hub:
        target = NewsTarget.hub(f"{hub.address}/")
        publisher.told = frozenset({target.name})
        site = replace(SITE, hubs=(f"{hub.address}/",))
        notifier = Notifier(publisher.store, [target], site, publisher.clock)
        publisher.refresh()

        news(one="2031-01-01", two="2031-02-01", three="2031-03-01")
        assert notifier.round() == 0
        news(one="2031-03-01", two="2031-04-01", three="2031-03-01")
        assert notifier.round() == 0  # a cache in between may have the feed of before
        publisher.clock.now += timedelta(minutes=2)
        assert notifier.round() == 1

        asked = [parse_qs(each.body.decode()) for each in hub.asked]
        assert {each["hub.mode"][0] for each in asked} == {"publish"}
        assert [each["hub.url"][0] for each in asked] == list(websub.topics(site))
        assert asked[0]["hub.url"] == ["https://films.example/changes.atom"]
