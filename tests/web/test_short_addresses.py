"""Short addresses: long selections in a token, and one release as a file."""

import pytest

from releasecal.queries.query_token import pack
from support.build import opening
from support.conformance import problems
from support.pages import RICH, see

pytestmark = pytest.mark.slow

FILMS = tuple(opening("2027-03-05", id_=f"a-film-with-a-long-name-{n:03}") for n in range(100))
LONG = f"film={','.join(each.id for each in FILMS)}&kind=theatrical&region=US"


@pytest.fixture
def client(publish):
    return publish((*RICH, *FILMS))[0]


def test_a_token_answers_as_the_query_that_it_has(client):
    """With the same octets, tag and date, and the fast path has it after one request."""
    plain, packed = f"/calendar.ics?{LONG}", f"/c/{pack(LONG)}/my-films.ics"
    one, other = client.get(plain), client.get(packed)

    assert one.data == other.data
    assert one.data.count(b"BEGIN:VEVENT") == 100
    for name in ("ETag", "Last-Modified", "Cache-Control", "Link", "Content-Type"):
        assert one.headers[name] == other.headers[name]
    again = client.get(packed, headers={"If-None-Match": one.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(packed.replace("my-films", "another-name")).data == one.data
    assert client.get(packed.replace(".ics", ".json")).json["name"] in one.text.replace("\r\n ", "")


def test_a_page_hands_out_the_short_address_of_a_long_selection(client):
    """A short one is written out; a long one has the calendar's name for Thunderbird."""
    short, long = see(client, "/?kind=theatrical&region=US"), see(client, f"/?{LONG}")

    assert short.address == "https://films.example/calendar.ics?kind=theatrical&region=US"
    assert long.address.startswith("https://films.example/c/")
    assert long.address.endswith("/film-releases-a-film-with-a-long-name-00.ics")
    assert len(long.address) < 1_000
    path = long.address.removeprefix("https://films.example")
    assert client.get(path).data == client.get(f"/calendar.ics?{LONG}").data


def test_more_can_be_asked_of_a_token(client):
    """A download is one; a wrong value is the same error as everywhere."""
    address = f"/c/{pack('film=seven')}/seven.ics"

    assert "attachment" in client.get(f"{address}?download=1").headers["Content-Disposition"]
    assert client.get(f"{address}?alarm=soon").status_code == 400
    assert client.get(f"{address}?regoin=US").status_code == 400


@pytest.mark.parametrize("token", ["AQAA", pack(LONG)[:-9], "nonsense", "x" * 9_000])
def test_a_damaged_token_is_not_found(client, token):
    """Its answer says what to do, is never kept, and calendars keep what they have at a 404."""
    answer = client.get(f"/c/{token}/films.ics")

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == (
        "This address is cut off or damaged: copy it from the page once more, whole.\n"
    )


def test_one_release_is_a_file(client):
    """It alone, as a download, with the event that every feed has of it."""
    answer = client.get("/films/seven/premiere.it.ics")

    assert problems(answer.data) == []
    assert answer.data.count(b"BEGIN:VEVENT") == 1
    event = answer.data[answer.data.index(b"BEGIN:VEVENT") : answer.data.index(b"END:VCALENDAR")]
    assert event in client.get("/films/seven.ics").data
    assert (
        'filename="Film releases - Seven & a Half - Premiere IT.ics"'
        in (answer.headers["Content-Disposition"])
    )
    assert "/films/seven\r\n" in answer.text
    ids = {
        line
        for path in ("/films/seven.ics", "/films/seven/premiere.it.ics")
        for line in client.get(path).text.splitlines()
        if line.startswith("X-WR-RELCALID")
    }
    assert len(ids) == 2


def test_a_release_of_a_month_is_a_file_too(client):
    assert client.get("/films/month/theatrical.us.ics").text.count("BEGIN:VEVENT") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/films/seven/theatrical.fr.ics",
        "/films/nobody/theatrical.us.ics",
        "/films/undated/theatrical.us.ics",
    ],
)
def test_a_release_without_a_date_is_no_file(client, path):
    assert client.get(path).status_code == 404
