"""Where notices go: the webhook, and the services that Apprise knows. Addresses are secrets, names are not."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from delivery.notifications.log import WEBHOOK
from settings import Settings

SHORTEST_SECRET = 8  # a path of fewer letters, such as "/", stands in many a text
SHORTEST_TOKEN = 12  # a piece of an address that is no word: it has letters and digits
_TOKEN = re.compile(rf"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[^/?&=@:#]{{{SHORTEST_TOKEN},}}")


@dataclass(frozen=True)
class Target:
    """One receiver: the `name` that stands in the log, and the `address`, which does not."""

    name: str
    address: str = field(repr=False)

    @property
    def is_webhook(self) -> bool:
        """Whether it gets JSON as it is, and not a service's own form."""
        return self.name == WEBHOOK

    @property
    def called(self) -> str:
        """What stands in a text in the place of the address."""
        return "(the webhook)" if self.is_webhook else "(the address)"


def targets_of(settings: Settings) -> list[Target]:
    """The webhook, where one is set, and each service once."""
    told = settings.workspace.notifications
    webhook = [Target(WEBHOOK, told.webhook_url)] if told.webhook_url else []
    return webhook + [Target(_name(address), address) for address in dict.fromkeys(told.services)]


def secrets_of(target: Target) -> list[str]:
    """The address and what of it libraries quote without the rest, the longest first."""
    found = {secret for secret in _parts(target.address) if len(secret) >= SHORTEST_SECRET}
    tokens = set() if target.is_webhook else set(_TOKEN.findall(target.address))
    return sorted({target.address} | found | tokens, key=lambda secret: (-len(secret), secret))


def _parts(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    yield parts.path + (f"?{parts.query}" if parts.query else "")
    yield parts.path
    yield parts.password or ""


def _name(address: str) -> str:
    """The service and enough of a digest to tell two of them apart, also after others have come and gone."""
    scheme = re.split(r"[^A-Za-z0-9+.-]", address, maxsplit=1)[0].lower()
    return f"{scheme}-{hashlib.sha256(address.encode()).hexdigest()[:6]}"
