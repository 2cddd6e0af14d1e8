"""The command that serves."""

import os
from collections.abc import Callable
from functools import partial
from socket import socket

import click

from releasecal.cli.shared_by_commands import CommandFailed, say_if_example
from releasecal.errors import Problem, RefreshRunning, SettingsError
from releasecal.queries.site_settings import LOCAL_PORT
from releasecal.refresh.publisher import Publisher
from releasecal.server import check_address, numeric_address
from releasecal.server import serve as run_server
from releasecal.settings import CONFIG, CONFIG_FILE, PREFIX, Settings
from releasecal.store import newest_edition as read_head
from releasecal.wiring import beginning_site, checked, open_publisher


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to answer on.")
@click.option("--port", default=LOCAL_PORT, show_default=True, type=click.IntRange(1, 65_535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes."
)
def serve(host: str, port: int, workers: int) -> None:
    """
    Serve the feeds, and read the sources again as time goes by.

    All settings are checked before the port is opened. What has been published is answered with
    at once, and the sources are read meanwhile. As long as a first edition is being read, feeds
    and pages say so (503); if it fails, the server ends. On SIGHUP the settings are read again,
    without an interruption; wrong ones change nothing, and the log says why.

    \b
    Examples:
      releasecal serve
      releasecal serve --host 0.0.0.0 --port 80 --workers 4
      RELEASECAL_SOURCES=~/films.yaml RELEASECAL_REFRESH_EVERY=1m releasecal serve
    """
    # A file that was there at the start has to be there at a reload: without it, a private site
    # would be a public one.
    path = os.environ.get(CONFIG) or (str(CONFIG_FILE) if CONFIG_FILE.exists() else "")
    read = partial(checked, {**os.environ, CONFIG: path})
    settings = _checked(read, host, port)
    say_if_example(settings)
    publisher = open_publisher(settings)
    listening = None
    if not settings.is_reader and publisher.store.ask(read_head.head).number == 0:
        listening = _publish_first(settings, publisher, host, port)
    head = publisher.store.ask(read_head.head)
    publisher.store.close()
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104 - compared
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    if settings.private:
        click.echo("releasecal: the site is private (releasecal token add NAME --scope read)")
    else:
        click.echo(f"releasecal: the pages are at {address}/")
        click.echo(f"releasecal: subscribe to {address}/calendar.ics")
    site = settings.site.kept(head.rendering)
    if port != LOCAL_PORT and site.public_url is None:
        click.echo(f"releasecal: events link to {site.url}; set {PREFIX}PUBLIC_URL")
    run_server(settings, read, host=host, port=port, workers=workers, listening=listening)


def _checked(read: Callable[[], Settings], host: str, port: int) -> Settings:
    """
    Return the settings that *read* returns, if a server can start with them on *host* and *port*.

    Raises:
        SettingsError: With every problem that was found.
    """
    settings, problems = Settings(), list[Problem]()
    try:
        settings = read()
    except SettingsError as error:
        problems += error.problems
    try:
        check_address(host, port)
    except SettingsError as error:
        problems += error.problems
    if problems:
        raise SettingsError(*problems)
    return settings


def _publish_first(settings: Settings, publisher: Publisher, host: str, port: int) -> socket | None:
    """
    Publish the first edition: before that there is nothing to answer with but just that.

    Return the socket on which that was answered, None if it took too little time.

    Raises:
        ReleasecalError: Nothing can be published, or the port has been taken meanwhile.
    """
    from releasecal.cli.answers_before_first_edition import FirstAnswers  # noqa: PLC0415 - for a first edition alone
    from releasecal.cli.refreshing import refresh_once  # noqa: PLC0415 - for a first edition alone

    site = partial(beginning_site, settings, publisher)
    with FirstAnswers(site, numeric_address(host, port), port) as answers:
        try:
            report = refresh_once(settings, publisher)
            click.echo(f"releasecal: {report.in_words}")
            CommandFailed(report.problems).show()
        except RefreshRunning as error:
            click.echo(f"releasecal: {error}")
    if answers.listening is None:
        check_address(host, port)
    return answers.listening
