"""The templates of pages, compiled once for all the apps that tests make."""

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """The code of templates, by name and source: half of the time of a test that shows a page."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give *bucket* the code of the same source, if there is any."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code in *bucket*."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """Have each Flask app of this process use templates that another one has compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
