"""
Ways to subscribe: one for each calendar program, step by step, the visitor's own first.

What is said here of programs is their makers' documentation and what was measured with them:
Google's apps for phones cannot add an address, Outlook for Windows spoils webcal links, and
nobody lets a publisher say how often to look.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO

import segno

from releasecal.core.value_classes import dataclass
from releasecal.web.http.devices import Device
from releasecal.web.pages.translations import msgid


@dataclass(frozen=True, slots=True)
class Way:
    """
    The way to subscribe with one program; sentences are message ids.

    Attributes:
        link: Property of `Subscription` that is the link of its button.
        program: Name on the button.
        delay: When a change shows.
        warning: What does not work; "" if all does.
    """

    name: str
    title: str
    link: str
    program: str
    steps: Sequence[str]
    delay: str
    warning: str = ""


_COPY = msgid("Copy the calendar’s address from above.")

WAYS: Mapping[str, Way] = {
    way.name: way
    for way in (
        Way(
            "apple",
            "Apple: iPhone, iPad, Mac",
            "webcal",
            "Apple Calendar",
            (
                msgid("Tap the button in Safari; it opens Calendar."),
                msgid("Choose Subscribe, then Add."),
                msgid(
                    "If nothing opens: in Calendar on an iPhone, Calendars → Add Calendar → Add"
                    " Subscription Calendar; on a Mac, File → New Calendar Subscription; paste the"
                    " address."
                ),
            ),
            msgid(
                "A change shows as often as your device looks: on a Mac as chosen under"
                " Auto-refresh, on an iPhone as set under Fetch New Data."
            ),
        ),
        Way(
            "google",
            "Google Calendar",
            "google",
            "Google Calendar",
            (
                msgid("On a computer, press the button and choose Add."),
                msgid(
                    "If Google refuses: copy the address from above, open Settings → Add calendar →"
                    " From URL, paste it there."
                ),
                msgid("The calendar then shows on your phone, too."),
            ),
            msgid("A change shows within a day; Google decides when it looks."),
            msgid("Google’s apps for phones cannot subscribe by themselves."),
        ),
        Way(
            "outlook",
            "Outlook.com",
            "outlook_live",
            "Outlook.com",
            (
                msgid("Press the button, sign in, and choose Import."),
                msgid(
                    "By hand: copy the address from above; in Outlook’s calendar, Add calendar →"
                    " Subscribe from web; paste it."
                ),
            ),
            msgid("A change shows within some hours, at times after a day."),
        ),
        Way(
            "microsoft-365",
            "Microsoft 365",
            "outlook_office",
            "Microsoft 365",
            (
                msgid("Press the button, sign in with your work or school account, choose Import."),
                msgid(
                    "By hand: copy the address from above; in Outlook’s calendar, Add calendar →"
                    " Subscribe from web; paste it."
                ),
            ),
            msgid("A change shows within some hours, at times after a day."),
        ),
        Way(
            "thunderbird",
            "Thunderbird",
            "webcal",
            "Thunderbird",
            (
                _COPY,
                msgid("In Thunderbird: File → New → Calendar → On the Network."),
                msgid("Leave the user name empty, paste the address, choose Find Calendars."),
            ),
            msgid("A change shows within half an hour, unless you set another interval."),
        ),
        Way(
            "android",
            "Android: ICSx⁵",
            "webcal",
            "ICSx⁵",
            (
                msgid("Install ICSx⁵, which is free, from F-Droid or Google Play."),
                msgid("Press the button, or tap + in ICSx⁵ and paste the address."),
                msgid("Its events then show in every calendar app of the phone."),
            ),
            msgid("A change shows as often as you set ICSx⁵ to look."),
            msgid("Google’s app cannot subscribe: use ICSx⁵, or Google Calendar on a computer."),
        ),
        Way(
            "yahoo",
            "Yahoo",
            "yahoo",
            "Yahoo Calendar",
            (
                _COPY,
                msgid("In Yahoo Calendar: Others → Follow Other Calendars."),
                msgid("Paste the address, name the calendar, and continue."),
            ),
            msgid("Yahoo does not say when it looks: expect a day."),
        ),
    )
}
"""The ways, by name."""

_FIRST: Mapping[Device, Sequence[str]] = {
    Device.IPHONE: ("apple",),
    Device.MAC: ("apple",),
    Device.ANDROID: ("android", "google"),
    Device.WINDOWS: ("outlook", "microsoft-365", "google", "thunderbird"),
    Device.LINUX: ("thunderbird", "google"),
    Device.OTHER: ("google", "apple"),
}

_OPENS_WEBCAL = (Device.IPHONE, Device.MAC)
"""Devices on which a webcal link surely opens a calendar."""


def ways(device: Device) -> Sequence[Way]:
    """Return all ways, that of *device* first."""
    first = _FIRST[device]
    return [WAYS[name] for name in (*first, *(name for name in WAYS if name not in first))]


def opens_webcal(device: Device) -> bool:
    """Whether a webcal link on *device* surely opens a calendar."""
    return device in _OPENS_WEBCAL


@lru_cache(512)
def qr_code(address: str) -> str:
    """Return the QR code of *address* as SVG, dark on light with a quiet zone."""
    found = BytesIO()
    code = segno.make_qr(address, error="m", boost_error=False)
    code.save(found, kind="svg", xmldecl=False, svgns=False, nl=False, omitsize=True, light="#fff")
    return found.getvalue().decode().replace("<svg", '<svg aria-hidden="true"', 1)
