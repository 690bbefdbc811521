"""Send a notice to a service that Apprise knows: e-mail, Slack, Teams and a hundred more. No message has the address.

Each call is a process of its own. Apprise bounds its wait, not its work: what it has given up goes on in a thread that
Python waits for at its end, so that one server that drips would keep a night from ending. A process can be ended.
"""

import json
import re
import subprocess
import sys
from typing import Any

from delivery.notifications.undelivered import Undelivered, answered_with
from settings import ROOT, SettingsError

CALL = "delivery.notifications.apprise_call"
START_SECONDS = 15.0  # until a busy machine has loaded Apprise; its own clock runs from then on
UNKNOWN = (
    "workspace.toml: an address of `notifications.services` (or NIGHTSHIFT_SERVICES, or the fleet's settings) that "
    "begins with {scheme}:// is none that Apprise can send to; correct it as Apprise's list of services shows, or take "
    "it out."
)


def send(name: str, address: str, title: str, body: str, timeout: float) -> None:
    """Send title and `body`, in Markdown, to `address`. Raises SettingsError, or Undelivered with a sentence.

    `name` is what sentences call the service. `timeout`, in seconds, bounds the whole call: looking up names,
    connecting, every answer. Redirects are not followed, certificates are checked, whatever the address says.
    """
    request = json.dumps({"address": address, "title": title, "body": body, "timeout": timeout})
    command, patience = [sys.executable, "-m", CALL], START_SECONDS + timeout
    try:
        done = subprocess.run(
            command, input=request, capture_output=True, text=True, cwd=ROOT, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        raise _silent(name, timeout) from None
    outcome = _outcome(done.stdout)
    if not outcome.get("known", True):
        raise SettingsError(UNKNOWN.format(scheme=_scheme(address)))
    if outcome.get("sent"):
        return
    if outcome.get("timed_out"):
        raise _silent(name, timeout)
    if code := outcome.get("code"):
        raise answered_with(name, int(code))
    raise Undelivered(f"{name} could not be reached, or refused the notice")


def _outcome(said: str) -> dict[str, Any]:
    """What the process said last; nothing where it died. Its other words may repeat the address, and are dropped."""
    lines = said.splitlines()
    try:
        found = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _silent(name: str, timeout: float) -> Undelivered:
    return Undelivered(f"{name} did not answer within {timeout:g} s")


def _scheme(address: str) -> str:
    return re.split(r"[^A-Za-z0-9+.-]", address, maxsplit=1)[0].lower()
