"""Mail, ntfy, Matrix and many more: the services that Apprise knows, by its addresses."""

from apprise import Apprise, NotifyFormat

from releasecal.notify.news import DeliveryFailed, NewsMessage
from releasecal.notify.news_target import NewsTarget


def send(target: NewsTarget, message: NewsMessage) -> None:
    """
    Send *message* to the service of *target*, once.

    Raises:
        DeliveryFailed: It was not accepted, or Apprise does not know the address.
    """
    service = Apprise()
    if not service.add(target.address.reveal()):
        raise DeliveryFailed("Apprise does not know this address")
    text = NotifyFormat.TEXT  # a title may look like a program in a mail, which is HTML
    if not service.notify(body=message.text, title=message.title, body_format=text):
        raise DeliveryFailed("the service did not take it")
