"""What tests of notices share: a home, a notice, a webhook's memory, and the lines of a log."""

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from delivery.notifications.notices import Notice
from settings import Settings

NOW = datetime(2025, 3, 2, 6, 30)
SECRET = "/hooks/T0/very-secret"


@dataclass
class Receiver:
    """A webhook on 127.0.0.1 that remembers what it got and answers `status`; `hang` is held shut while it hangs."""

    url: str = ""
    status: int = 200
    location: str = ""
    hang: threading.Event | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)


def at_home(settings: Settings, home: Path, url: str = "", timeout: float = 5) -> Settings:
    workspace = settings.workspace
    notifications = workspace.notifications.model_copy(update={"webhook_url": url, "timeout_seconds": timeout})
    paths = workspace.paths.model_copy(update={"home": home})
    workspace = workspace.model_copy(update={"notifications": notifications, "paths": paths})
    return settings.model_copy(update={"workspace": workspace})


def notice(key: str = "k1", text: str = "Line one.\nLine two.") -> Notice:
    return Notice("new_alerts", key, f"Title of {key}", text, {"machines": ["1", "é\u2028"], "at": NOW})


def lines(settings: Settings) -> list[dict[str, Any]]:
    return [json.loads(line) for line in settings.paths.notification_log.read_text().splitlines()]
