"""A receiver of webhooks by Standard Webhooks: it accepts each id once, and fails as told."""

import base64
import hashlib
import hmac
import json
from collections import Counter

from support.faulty_server import Answer, FaultyServer

KEY = b"a key of twenty-four oct"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Receiver(FaultyServer):
    """
    A receiver that knows the key; as a context manager it runs.

    Attributes:
        accepted: What was accepted, parsed, by id, in its order.
        attempts: Number of requests by id, those with a fault left out.
        loses: Called with each request; whether it is accepted, and answered as if it were not.
    """

    def __init__(self, key=KEY):
        super().__init__(self._take)
        self.key = key
        self.accepted = {}
        self.attempts = Counter()
        self.loses = lambda _: False

    def _take(self, asked):
        headers = asked.headers
        id_, moment = headers["webhook-id"], headers["webhook-timestamp"]
        told = f"{id_}.{moment}.".encode() + asked.body
        digest = hmac.new(self.key, told, hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(digest).decode()}"
        if expected not in headers["webhook-signature"].split(" "):
            return Answer(b"", 401)
        with self.lock:
            self.attempts[id_] += 1
            self.accepted.setdefault(id_, json.loads(asked.body))
        return Answer(b"", 500 if self.loses(asked) else 204)

    @property
    def changes(self):
        """The ids of all changes that it was told of, those of digests too, in their order."""
        data = [message["data"] for message in self.accepted.values()]
        return [each["id"] for one in data for each in one.get("changes", [one])]
