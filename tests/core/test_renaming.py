"""Mending: an event goes on under another id, with its UID, history and SEQUENCE."""

from dataclasses import replace

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.changes import ChangeKind
from releasecal.core.film_identity import Renames
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.loss_guard import losses
from releasecal.core.models import ReleaseKey, ReleaseKind, Source, Status, Window
from releasecal.core.renaming import with_present_ids
from releasecal.core.revise import revise
from support.build import DAY, NOW, POLICY, film, only, opening, publish, release, revision

MACHINE = Source("tmdb", machine=True)


def catalogue(*films, before, sources=()):
    return merge([Reading(films, sources)], published=FilmsOnRecord(before.films))


def revised(before, *films, now=NOW + DAY, sources=()):
    """Return the edition after *before*, and its changes."""
    told = catalogue(*films, before=before, sources=sources)
    return revise(before, told, now=now, policy=POLICY)


def renamed(film_, id_):
    """Return *film_* under another id, with a word about the one before."""
    releases = tuple(replace(each, key=replace(each.key, film=id_)) for each in film_.releases)
    return replace(film_, id=id_, releases=releases, other_ids=(film_.id,))


OLD = opening("2027-07-14", id_="old", title="Film")
NEW = renamed(OLD, "new")


def moved():
    """Return an edition in which the film has moved once."""
    first = publish(opening("2027-07-07", id_="old", title="Film"))
    edition, _ = revised(first, OLD)
    return edition


class TestFilms:
    def test_a_mended_id_keeps_uid_history_and_sequence(self):
        """The event of a film with a new id is the event it was."""
        before = moved()
        edition, changes = revised(before, NEW, now=NOW + 2 * DAY)

        was, now = only(before), only(edition)
        assert now.key == ReleaseKey("new", "theatrical", "US")
        assert (now.uids, now.sequence, now.created) == (was.uids, was.sequence, was.created)
        assert now.uid == "old.theatrical.us"
        assert now.facts.release.history == was.facts.release.history
        assert now.marked_until == was.marked_until
        assert changes == ()
        assert list(edition.films) == ["new"]

    def test_a_mended_event_is_newer(self):
        """LAST-MODIFIED moves with a new id, for the event's address has it."""
        before = moved()
        policy = replace(
            POLICY, event_digests=lambda several: [str(facts.release.key) for facts in several]
        )

        edition, _ = revise(before, catalogue(NEW, before=before), now=NOW + 2 * DAY, policy=policy)

        assert only(edition).revised == NOW + 2 * DAY

    def test_without_the_word_nothing_changes(self):
        """Once an id is mended, `was` can be taken out, and no edition follows."""
        edition, _ = revised(moved(), NEW, now=NOW + 2 * DAY)

        for told in (NEW, replace(NEW, other_ids=())):
            assert revised(edition, told, now=NOW + 3 * DAY) == (edition, ())

    def test_a_move_with_a_new_id_is_a_move(self):
        """A film that gets an id and a day at once has moved."""
        before = moved()
        later = renamed(opening("2027-09-01", id_="old", title="Film"), "new")

        edition, changes = revised(before, later, now=NOW + 2 * DAY)

        assert [change.kind for change in changes] == [ChangeKind.DELAYED]
        assert only(edition).sequence == only(before).sequence + 1

    def test_what_mentions_the_film_follows_it(self):
        """Sequels, listed or not, are sequels of the film under its new id, and so are slots."""
        sequel = opening(revision("2028", slot_from="old"), id_="two", follows="old")
        gone = opening("2029", id_="three", follows="old")
        listed, _ = revised(publish(OLD, sequel, gone), OLD, sequel)

        edition, changes = revised(listed, NEW, sequel, now=NOW + 2 * DAY)

        for id_ in ("two", "three"):
            entry = edition.entries[ReleaseKey(id_, "theatrical", "US")]
            assert entry.facts.follows == "new"
            assert dict(entry.facts.titles)["new"] == "Film"
            assert "old" not in dict(entry.facts.titles)
            assert edition.films[id_].follows == "new"
        assert entry.uid == "three.theatrical.us"
        assert changes == ()

    def test_derived_releases_keep_their_uids(self):
        """What follows from a window goes on, too, and is related to the same event."""
        windows = (Window(to=ReleaseKind.STREAMING, days=45),)

        edition, _ = revised(publish(replace(OLD, windows=windows)), replace(NEW, windows=windows))

        uids = {entry.uid: entry.facts for entry in edition.entries.values()}
        assert list(uids) == ["old.streaming.us", "old.theatrical.us"]
        derived = uids["old.streaming.us"]
        assert derived.related == ("old.theatrical.us",)
        assert derived.release.derivation.anchor.film == "new"

    def test_an_id_that_is_free_again_gets_another_uid(self):
        """A new film under a former id of another one has events of its own."""
        edition, _ = revised(publish(OLD), NEW)
        other = opening("2030-01-01", id_="old")

        edition, _ = revised(edition, replace(NEW, other_ids=()), other, now=NOW + 2 * DAY)

        uids = [entry.uid for entry in edition.entries.values()]
        assert uids == ["old.theatrical.us", "old.theatrical.us._again"]


class TestJoining:
    def test_two_events_of_one_film_become_the_older_one(self):
        """The older event goes on with both histories, above both SEQUENCEs; /undo has both UIDs."""
        first = publish(opening("2027-07-07", id_="old", title="Film"))
        second, _ = revised(first, replace(NEW, other_ids=()))
        third, _ = revised(second, opening("2027-07-21", id_="new"), now=NOW + 2 * DAY)

        edition, changes = revised(
            third, opening("2027-07-21", id_="new", other_ids=("old",)), now=NOW + 3 * DAY
        )

        entry = only(edition)
        assert entry.uids == ("old.theatrical.us", "new.theatrical.us")
        assert [(str(each.when), each.status) for each in entry.facts.release.history] == [
            ("2027-07-07", Status.SCHEDULED),
            ("2027-07-07", Status.WITHDRAWN),
            ("2027-07-14", Status.SCHEDULED),
            ("2027-07-21", Status.SCHEDULED),
        ]
        assert entry.sequence > max(each.sequence for each in third.entries.values())
        assert entry.revised == NOW + 3 * DAY
        assert entry.created == NOW
        assert changes == ()

    def test_joining_happens_once(self):
        """The next look changes nothing more."""
        both = publish(OLD, replace(NEW, other_ids=()))
        edition, _ = revised(both, NEW)

        assert revised(edition, NEW, now=NOW + 2 * DAY) == (edition, ())

    def test_an_equal_date_is_there_once(self):
        """An announcement that both events had stands once, seen when the first one was."""
        both, _ = revised(publish(OLD), OLD, replace(NEW, other_ids=()))

        edition, _ = revised(both, NEW, now=NOW + 2 * DAY)

        (announced,) = only(edition).facts.release.history
        assert announced.seen == NOW


class TestReleases:
    OLD = film("film", release("film", "2027-07-14", kind=ReleaseKind.THEATRICAL_LIMITED))

    def test_a_mended_key_keeps_the_uid(self):
        """Kind, region and channel can be mended, and the event goes on."""
        was = self.OLD.releases[0].key
        before = publish(self.OLD)
        now = release("film", "2027-07-14", region="CA", channel="IMAX")

        edition, changes = revised(before, film("film", replace(now, was=(was,))))

        entry = only(edition)
        assert (entry.key, entry.facts.release.kind) == (now.key, ReleaseKind.THEATRICAL)
        assert entry.uid == "film.theatrical-limited.us"
        assert changes == ()
        assert revised(edition, film("film", now), now=NOW + 2 * DAY) == (edition, ())

    def test_film_and_release_can_be_mended_at_once(self):
        """A former key is looked for under the film's former id, too."""
        now = release("new", "2027-07-14")
        was = replace(now.key, kind="theatrical-limited")

        edition, _ = revised(
            publish(self.OLD), film("new", replace(now, was=(was,)), other_ids=("film",))
        )

        assert only(edition).uid == "film.theatrical-limited.us"

    def test_a_release_that_comes_under_the_former_key_gets_another_uid(self):
        """A real limited release, announced later, is an event of its own."""
        now = release("film", "2027-07-14")
        was = self.OLD.releases[0].key
        edition, _ = revised(publish(self.OLD), film("film", replace(now, was=(was,))))

        edition, _ = revised(edition, film("film", now, self.OLD.releases[0]), now=NOW + 2 * DAY)

        assert {str(key): entry.uid for key, entry in edition.entries.items()} == {
            "film.theatrical-limited.us": "film.theatrical-limited.us._again",
            "film.theatrical.us": "film.theatrical-limited.us",
        }


class TestSettling:
    def told(self, id_, day="2027-07-14"):
        when_ = revision(day, source="tmdb")
        return film(id_, release(id_, when_), title="Film", source="tmdb")

    def test_what_is_pending_goes_on(self):
        """A machine's change that is pending goes on to be, and is due when it was."""
        first = publish(self.told("old"), sources=(MACHINE,))
        later = self.told("old", "2027-07-16")
        waiting, _ = revised(first, later, sources=(MACHINE,))
        (pending,) = waiting.pending.values()

        edition, changes = revised(
            waiting, renamed(later, "new"), now=NOW + 2 * DAY, sources=(MACHINE,)
        )

        assert edition.pending == {ReleaseKey("new", "theatrical", "US"): pending}
        assert str(only(edition).current.when) == "2027-07-14"
        assert changes == ()

    def test_a_loss_that_was_pending_is_none(self):
        """A machine's film that vanished and is back under another id was never away."""
        first = publish(self.told("old"), sources=(MACHINE,))
        waiting, _ = revised(first, self.told("new"), sources=(MACHINE,))
        assert waiting.pending

        edition, changes = revised(
            waiting, renamed(self.told("old"), "new"), now=NOW + 2 * DAY, sources=(MACHINE,)
        )

        assert edition.pending == {}
        assert (only(edition).uid, changes) == ("old.theatrical.us", ())

    @pytest.mark.parametrize("count", [2, 10])
    def test_mended_ids_are_no_loss(self, count):
        """However many films get another id, the loss guard counts none of them as lost."""
        films = [opening("2027-07-14", id_=f"old-{number}") for number in range(count)]
        before = publish(*films)
        before = replace(
            before,
            films={id_: replace(each, told_by=("a",)) for id_, each in before.films.items()},
        )
        told = [renamed(each, each.id.replace("old", "new")) for each in films]
        after_was = merge(
            [Reading(tuple(told), address="a")], published=FilmsOnRecord(before.films)
        )
        after, _ = revise(before, after_was, now=NOW + DAY, policy=POLICY)

        known = with_present_ids(before, after_was.renames)
        assert losses(known, after, ["a"], NOW.date()) == ()


def test_no_other_identity_is_the_same_edition():
    """An edition in which nothing is renamed is given back as it is."""
    edition = publish(OLD)

    assert with_present_ids(edition, Renames()) is edition
    assert with_present_ids(edition, Renames({"other": "another"})) is edition
