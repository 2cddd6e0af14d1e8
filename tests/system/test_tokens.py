"""Access tokens on a real server of two workers."""

import socket
from contextlib import ExitStack
from http.client import HTTPConnection

from support.data_files import FILM
from support.live import benchmarks, children, until


def connections(server, stack):
    """Return a connection to each worker of *server*, kept open as long as *stack*."""
    found = {}
    while len(found) < 2:
        made = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 60))
        connection = HTTPConnection("127.0.0.1", server.port)
        connection.sock = made
        found.setdefault(server.answering(made), connection)
    return [*found.values()]


def statuses(asked, headers):
    """Return the statuses of a refresh with *headers* on the connections *asked*."""
    found = []
    for connection in asked:
        connection.request("POST", "/refresh", headers=headers)
        answer = connection.getresponse()
        answer.read()
        found.append(answer.status)
    return found


def test_a_revoked_token_fails_at_once_in_every_worker(tmp_path):
    """Both have just taken it; from the command on neither does; no file and no line has it."""
    servers = benchmarks("servers")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "films.yaml").write_text(FILM.format(when="2031-01-01"))
    with servers.Releasecal(tmp_path, workers=2) as server, ExitStack() as stack:
        server.start()
        until(lambda: len(children(server.pid)) == 2, "both workers")
        token = servers.run("token", "add", "ci", folder=tmp_path, environ=server.environ).strip()
        bearer = {"Authorization": f"Bearer {token}"}
        asked = connections(server, stack)

        assert statuses(asked, bearer) == [200, 200]
        servers.run("token", "revoke", "ci", folder=tmp_path, environ=server.environ)
        assert statuses(asked, bearer) == [401, 401]

        secret = token[-20:]
        assert secret not in server.log
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        assert all(secret.encode() not in path.read_bytes() for path in files)
