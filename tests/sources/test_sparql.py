"""The questions to Wikidata, answered by another engine over a few statements in its vocabulary."""

import json

import pytest
import stamina
from rdflib import Graph, URIRef

from releasecal.core.catalogue import merge
from releasecal.sources import no_progress
from releasecal.sources.remote import Client, SourceSettings
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer
from support.looks import look_again

pytestmark = pytest.mark.slow

SDO_EDITED = URIRef("http://schema.org/dateModified")
PREFIXES = """
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix s: <http://www.wikidata.org/entity/statement/> .
@prefix v: <http://www.wikidata.org/value/> .
@prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix p: <http://www.wikidata.org/prop/> .
@prefix ps: <http://www.wikidata.org/prop/statement/> .
@prefix psv: <http://www.wikidata.org/prop/statement/value/> .
@prefix pq: <http://www.wikidata.org/prop/qualifier/> .
@prefix wikibase: <http://wikiba.se/ontology#> .
@prefix schema: <http://schema.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PLACES = """
wd:Q183 wdt:P297 "DE" ; wdt:P17 wd:Q183 .
wd:Q64 wdt:P17 wd:Q183 .
wd:Q148 wdt:P297 "CN" ; wdt:P17 wd:Q148 .
wd:Q8646 wdt:P297 "HK" ; wdt:P17 wd:Q148 .
wd:Q99 rdfs:label "somewhere"@en .
"""
FILM = """
wd:Q1 rdfs:label "Der Film"@de , "The Film"@en , "Le Film"@fr , "Film"@mul ;
    wdt:P345 "tt0111161" ; wdt:P4947 "278" ; wdt:P155 wd:Q2 ; wdt:P31 wd:Q11424 ;
    wdt:P750 wd:Q7 ; wdt:P179 wd:Q9 ; p:P179 s:series .
s:series ps:P179 wd:Q9 ; pq:P1545 "2" .
wd:Q9 rdfs:label "Saga"@mul .
wd:Q7 rdfs:label "Pictures"@en , "Bilder"@de .
wd:Q2 rdfs:label "Before"@en ; wdt:P31 wd:Q11424 .
"""


def date(name, time, precision, *qualifiers, rank="NormalRank"):
    """Return a statement about when the film came out."""
    told = " ; ".join([f"wikibase:rank wikibase:{rank}", f"psv:P577 v:{name}", *qualifiers])
    return f"""
wd:Q1 p:P577 s:{name} .
s:{name} {told} .
v:{name} wikibase:timeValue "{time}T00:00:00Z"^^xsd:dateTime ; wikibase:timePrecision {precision} .
"""


@pytest.fixture
def graph():
    """The statements that are asked."""
    return Graph().parse(data=PREFIXES + PLACES + FILM, format="turtle")


@pytest.fixture
def asked():
    """Questions that were asked."""
    return []


@pytest.fixture
def films(graph, asked):
    """Return the films of a look, by id, which goes on from the last one."""
    before, clock = [], Clock()
    prefixes = PREFIXES.replace("@prefix", "PREFIX").replace("> .", ">")

    def answer(request):
        asked.append(request.query["query"])
        return Answer(graph.query(prefixes + asked[-1]).serialize(format="json"))

    def look(*statements, language="de", **options):
        graph.parse(data=PREFIXES + "".join(statements), format="turtle")
        with FaultyServer(answer) as server, stamina.set_testing(True, attempts=1):
            given = SourceSettings(
                "wikidata",
                "wikidata",
                f"{server.address}/sparql",
                contact="me@films.example",
                options={"language": language, **(options or {"ids": ["Q1"]})},
            )
            with Client(given, clock) as client:
                fetched = look_again(given, before[-1] if before else None, client)
        before.append(fetched)
        assert json.loads(fetched.data)
        result = validate([Snapshot("wikidata", JSON, fetched.data)], (), no_progress)
        assert not result.problems
        return merge([result.reading]).films

    return look


def dates(films):
    return [
        (each.kind.slug, each.key.region, str(each.current.when))
        for each in films["wikidata-q1"].releases
    ]


def test_a_place_is_a_region(films):
    """A state is one, a city is in its state, and a place with a code of its own is no other's."""
    found = films(
        date("a", "2031-05-14", 11, "pq:P291 wd:Q64"),
        date("b", "2031-05-21", 11, "pq:P291 wd:Q8646"),
    )

    assert dates(found) == [("theatrical", "DE", "2031-05-14"), ("theatrical", "HK", "2031-05-21")]


def test_two_places_of_one_statement(films):
    """Each of them has the day."""
    found = films(date("a", "2031-05-14", 11, "pq:P291 wd:Q183 , wd:Q148"))

    assert dates(found) == [("theatrical", "CN", "2031-05-14"), ("theatrical", "DE", "2031-05-14")]


def test_a_place_without_a_code_is_unknown(films):
    """So is no place at all, and one that somebody knows to be unknown."""
    assert dates(films(date("a", "2031-05-14", 11, "pq:P291 wd:Q99"))) == [
        ("theatrical", "ZZ", "2031-05-14")
    ]


def test_precision_comes_along(films):
    """A year is told as one, whatever its digits are."""
    assert dates(films(date("a", "2031-01-01", 9, "pq:P291 wd:Q183"))) == [
        ("theatrical", "DE", "2031")
    ]


def test_ranks_count(films):
    """What is deprecated is not told, and what is preferred counts before the others."""
    found = films(
        date("a", "2031-05-01", 11, "pq:P291 wd:Q183", rank="DeprecatedRank"),
        date("b", "2031-05-07", 11, "pq:P291 wd:Q183"),
        date("c", "2031-05-14", 11, "pq:P291 wd:Q183", rank="PreferredRank"),
    )

    assert dates(found) == [("theatrical", "DE", "2031-05-14")]


def test_a_format_is_a_kind(films):
    """The English name of the format of a publication tells the kind of release."""
    found = films(
        'wd:Q5 rdfs:label "video on demand"@en , "Video-on-Demand"@de .',
        date("a", "2031-05-14", 11, "pq:P291 wd:Q183 ; pq:P437 wd:Q5"),
    )

    assert dates(found) == [("digital", "DE", "2031-05-14")]


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Der Film"), ("fr", "Le Film"), ("sv", "Film")]
)
def test_labels_are_in_the_language_asked_for(films, language, title):
    """Or in that for all languages, if there is none."""
    film = films(language=language)["wikidata-q1"]

    assert film.title == title
    assert (film.series[0].title, film.series[0].ordinal) == ("Saga", 2)
    assert film.distributor == "Pictures"
    assert dict(film.refs) == {"imdb": "tt0111161", "tmdb": "278", "wikidata": "Q1"}


def test_series_and_classes_have_members(films):
    """A series and a class name their films; what follows what is told among these."""
    found = films(series=["Q9"], classes=["Q11424"])

    assert found.keys() == {"wikidata-q1", "wikidata-q2"}
    assert found["wikidata-q1"].follows == "wikidata-q2"
    assert films(classes=["Q1"]) == {}


@pytest.mark.parametrize("options", [{"ids": ["Q1", "Q2"]}, {"classes": ["Q11424"]}])
def test_edited_films_alone_are_asked_for(films, graph, asked, options):
    """The engine tells when each film was edited, and is asked for the facts of one that was since."""
    edits = 'wd:{} schema:dateModified "2030-11-{:02}T00:00:00Z"^^xsd:dateTime .'
    films(edits.format("Q1", 1), edits.format("Q2", 1), **options)
    asked.clear()
    films(**options)
    assert ["schema:dateModified" in each for each in asked] == [True]

    asked.clear()
    graph.remove((URIRef("http://www.wikidata.org/entity/Q1"), SDO_EDITED, None))
    day = date("a", "2031-05-14", 11, "pq:P291 wd:Q183")
    found = films(edits.format("Q1", 2), day, **options)
    assert dates(found) == [("theatrical", "DE", "2031-05-14")]
    assert "VALUES ?film { wd:Q1 }" in asked[1]
    assert len(asked) == 2
