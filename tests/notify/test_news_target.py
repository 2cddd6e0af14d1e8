"""Targets of news: what tables ``[[notify]]`` say, and what is wrong in them."""

import pytest

from releasecal.core.changes import ChangeKind
from releasecal.errors import SettingsError
from releasecal.notify import news_target
from releasecal.settings import Settings
from support.receiver import KEY, SECRET

WEBHOOK = """[[notify]]
name = "club"
type = "webhook"
address = "https://club.example/hooks/films"
secret_env = "CLUB_SECRET"
"""


def settings(tmp_path, text, **environ):
    path = tmp_path / "releasecal.toml"
    path.write_text(text)
    return Settings.read({"RELEASECAL_CONFIG": str(path), **environ})


def test_a_table_is_a_target(tmp_path):
    """It has a selection in the words of an address, a language, and kinds of change."""
    more = 'query = "kind=theatrical&region=DE"\nlang = "de"\nchanges = ["delayed", "added"]\nmost = 5\n'

    (target,) = settings(tmp_path, WEBHOOK + more, CLUB_SECRET=SECRET).targets

    assert (target.name, target.type, target.lacking) == ("club", "webhook", "")
    assert target.address.reveal() == "https://club.example/hooks/films"
    assert (target.query.kind, target.query.region, target.query.lang) == (
        ("theatrical",),
        ("DE",),
        "de",
    )
    assert target.changes == (ChangeKind.ADDED, ChangeKind.DELAYED)
    assert (target.most, target.keys) == (5, (KEY,))


def test_hubs_are_targets_of_all_changes(tmp_path):
    """Each hub of the setting is told of the log, of the whole calendar and of the named feeds."""
    text = """RELEASECAL_WEBSUB_HUBS = ["https://hub.example/", "https://other.example/"]
[[feed]]
name = "berlin"
query = "region=DE"
"""

    found = settings(tmp_path, text).targets

    assert [(each.address.reveal(), each.feed, each.query.region) for each in found] == [
        (hub, feed, region)
        for hub in ("https://hub.example/", "https://other.example/")
        for feed, region in (("", ()), ("/calendar", ()), ("/feeds/berlin", ("DE",)))
    ]
    assert {(each.type, each.most) for each in found} == {("websub", 0)}
    assert len({each.name for each in found}) == len(found)
    assert Settings.read({"RELEASECAL_WEBSUB_HUBS": "https://hub.example/"}).targets == found[:2]


def test_a_secret_is_nowhere_to_be_read(tmp_path):
    """Neither the address of a service nor the key of signatures is in any text of the target."""
    mail = '[[notify]]\nname = "mail"\ntype = "apprise"\naddress_file = "{}"\n'
    (tmp_path / "address").write_text("mailtos://me:hidden@mail.example\n")

    found = settings(tmp_path, WEBHOOK + mail.format(tmp_path / "address"), CLUB_SECRET=SECRET)

    assert found.targets[1].address.reveal() == "mailtos://me:hidden@mail.example"
    for secret in ("hidden", SECRET, SECRET.removeprefix("whsec_")):
        assert secret not in repr(found)


def test_a_process_may_lack_what_another_one_has(tmp_path):
    """Without its secret here a target is known, and says what it lacks."""
    (target,) = settings(tmp_path, WEBHOOK).targets

    assert "secret_env" in target.lacking


def test_a_process_may_lack_apprise(tmp_path, monkeypatch):
    """Without the extra the target says what to install."""
    text = '[[notify]]\nname = "a"\ntype = "apprise"\naddress = "ntfys://ntfy.example/a"\n'
    (target,) = settings(tmp_path, text).targets
    assert target.lacking == ""
    monkeypatch.setattr(news_target, "find_spec", lambda _: None)

    assert target.lacking == "no Apprise (pip install 'releasecal[notify]')"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            WEBHOOK.replace("webhook", "hook"),
            "notify club: there is no type 'hook' (one of webhook",
        ),
        (WEBHOOK + "sort = 1", "notify club: there is no sort (one of name, type"),
        (WEBHOOK + 'query = "kind=x"', "notify club: query: kind: there is no kind 'x'"),
        (
            WEBHOOK + 'query = "future=30"',
            "query: future narrows feeds, not changes (leave it out)",
        ),
        (WEBHOOK + 'lang = "xx"', "lang is 'xx' (it takes one of"),
        (WEBHOOK + 'changes = ["moved"]', "changes is ['moved'] (it takes a list of added"),
        (WEBHOOK + "most = -1", "most is -1 (it takes a whole number from 0 to 1000)"),
        (WEBHOOK.replace("https:", "http:"), "address: http shows all to everybody on the way"),
        (WEBHOOK.replace("films", "films?token=abc"), "address: a key in the address, token"),
        (WEBHOOK + 'address_env = "A"', "it takes one of address, address_env and address_file"),
        (WEBHOOK.replace("secret_env", "lang"), "it takes one of secret_env and secret_file"),
        (f'{WEBHOOK}secret_file = "key"\n', "it takes one of secret_env and secret_file"),
        (WEBHOOK * 2, "notify club is there twice (give one another name)"),
        (WEBHOOK.replace('"club"', '"Ä"'), "name: cannot be 'Ä' (small letters"),
        ('notify = "a"', "notify is no list of tables (begin each with [[notify]])"),
        (
            '[[notify]]\nname = "a"\ntype = "apprise"\naddress = "ntfys://a"\nsecret_env = "A"',
            "apprise takes no secret",
        ),
        ('RELEASECAL_WEBSUB_HUBS = "http://hub.example"', "it takes addresses such as"),
    ],
)
def test_a_wrong_target_says_what_would_do(tmp_path, text, words):
    """A table that cannot be read is an error with its file and a remedy."""
    with pytest.raises(SettingsError) as failed:
        settings(tmp_path, text)

    assert words in str(failed.value)
    assert str(tmp_path) in str(failed.value)


@pytest.mark.parametrize("secret", ["short", "whsec_c2hvcnQ=", "whsec_?", SECRET[6:]])
def test_a_wrong_secret_is_not_shown(tmp_path, secret):
    """It is told what a secret looks like, and not what this one is."""
    with pytest.raises(SettingsError, match="24 to 64 octets in base64") as failed:
        settings(tmp_path, WEBHOOK, CLUB_SECRET=secret)

    assert secret not in str(failed.value).replace("whsec_", "")
    assert "what secret_env or secret_file names is no key of a webhook" in str(failed.value)
