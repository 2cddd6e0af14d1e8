"""Pages for a host without a program: the site's own, with links to what is exported alone."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from urllib.parse import unquote, urlsplit

from flask import Flask

from releasecal.errors import ExportError

_LINK_ELEMENT = re.compile(r'<link\b[^>]*\bhref="([^"]*)"[^>]*>\n?')
_PICTURE = re.compile(r'(<meta property="og:image" content=)"([^"]*)"')
_SELF = re.compile(r'(<meta property="og:url" content=)"([^"]*)"')
_TOLD = re.compile(r'"(image|url)": "([^"\\]*)"')  # of JSON-LD; in HTML no quote stands for itself
_ATTRIBUTE = re.compile(r' (href|src)="([^"]*)"')
_DOWNLOAD = "download=1"
_ENGLISH = "lang=en"  # what an address without a language is, too
_SITE_PICTURE = "/card.png"


class StaticPages:
    """
    The pages and files of *app*, as they stand in a folder.

    A page is the file ``index.html`` in a folder with its name, which every host finds.
    """

    def __init__(
        self,
        app: Flask,
        public_url: str,
        is_exported: Callable[[str], bool],
        aliases: Mapping[str, str],
    ) -> None:
        """
        Ask *app* for nothing yet.

        *is_exported* tells of a path, without a slash at the end, whether it has a file;
        *aliases* has the paths of files whose addresses have no ending.
        """
        self._aliases = aliases
        self._client = app.test_client()
        self._url = public_url
        self._prefix = urlsplit(public_url).path
        self._is_exported = is_exported

    def octets(self, address: str, *, status: int = 200) -> bytes:
        """
        Return the answer to *address* as it is.

        Raises:
            ExportError: It has another status.
        """
        with self._client.get(address, headers={"Accept": "text/html"}) as answer:
            octets: bytes = answer.data
            if answer.status_code != status:
                told = octets[:200].decode(errors="replace")
                raise ExportError(f"{address} answers {answer.status_code}: {told}")
        return octets

    def page(self, address: str, *, status: int = 200) -> bytes:
        """Return the page at *address*, with the links that a folder can have."""
        text = self.octets(address, status=status).decode()
        text = _LINK_ELEMENT.sub(lambda found: found[0] if self._leads(found[1]) else "", text)
        text = _PICTURE.sub(lambda found: f'{found[1]}"{self._picture(found[2])}"', text)
        text = _SELF.sub(lambda found: f'{found[1]}"{self._address(found[2])}"', text)
        text = _TOLD.sub(lambda found: f'"{found[1]}": "{self._told(found[1], found[2])}"', text)
        return _ATTRIBUTE.sub(lambda found: self._linked(found[1], found[2]), text).encode()

    def _picture(self, link: str) -> str:
        """Return the address of the picture at *link*, or of the site's where none is exported."""
        path = urlsplit(unescape(link)).path.removeprefix(self._prefix)
        return f"{self._url}{path if self._is_exported(path) else _SITE_PICTURE}"

    def _address(self, link: str) -> str:
        """Return the address of the page at *link*, as a host has it."""
        return self._linked("", link).removeprefix(' ="').removesuffix('"') or link

    def _told(self, name: str, link: str) -> str:
        """Return *link*, which search engines are told as the *name* of something."""
        is_picture = name == "image" and link.startswith(f"{self._url}/")
        return self._picture(link) if is_picture else self._address(link)

    def _leads(self, link: str) -> bool:
        """Whether *link*, as HTML has it, leads to another site or to an exported file."""
        return bool(self._linked("href", link))

    def _linked(self, name: str, link: str) -> str:
        """Return the attribute *name* with *link* as it is exported; "" where nothing is there."""
        parts = urlsplit(unescape(link))
        is_ours = f"{parts.scheme}://{parts.netloc}{parts.path}/".startswith(f"{self._url}/")
        if not (is_ours or (parts.path.startswith("/") and not parts.netloc and not parts.scheme)):
            return f' {name}="{link}"'
        path = parts.path.removeprefix(self._prefix) if is_ours else parts.path
        path = path.rstrip("/") or "/"
        is_copy = parts.query == _DOWNLOAD
        is_asked = parts.query not in ("", _DOWNLOAD, _ENGLISH)
        if is_asked or not self._is_exported(unquote(path)):
            return ""
        path = self._aliases.get(path, path)
        is_page = "." not in path.rpartition("/")[2]
        ending = "/" if is_page and path != "/" else ""
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        base = self._url if is_ours else self._prefix
        return f' {name}="{base}{path}{ending}{fragment}"' + (" download" if is_copy else "")
