"""Devices: the system that a visitor's browser runs on, as far as pages differ by it."""

from enum import Enum
from functools import lru_cache
from typing import Self


class Device(Enum):
    """Systems, by the words that tell them in User-Agent; the first that is found counts."""

    IPHONE = "iphone", ("iPhone", "iPad", "iPod")
    ANDROID = "android", ("Android",)
    MAC = "mac", ("Macintosh",)  # and iPads that ask for desktop pages
    WINDOWS = "windows", ("Windows NT",)
    LINUX = "linux", ("Linux", "X11", "CrOS")
    OTHER = "other", ()

    words: tuple[str, ...]

    def __new__(cls, value: str, words: tuple[str, ...]) -> Self:
        """Return the member with that *value* and those *words*."""
        member = object.__new__(cls)
        member._value_ = value
        member.words = words
        return member

    @property
    def is_phone(self) -> bool:
        """Whether it has a camera in its back, and no use for a QR code on its own screen."""
        return self in (Device.IPHONE, Device.ANDROID)


@lru_cache(1024)  # the same browsers come again and again
def device_of(user_agent: str) -> Device:
    """Return the device that a *user_agent* tells of."""
    told = user_agent[:400]
    found = (each for each in Device if any(word in told for word in each.words))
    return next(found, Device.OTHER)
