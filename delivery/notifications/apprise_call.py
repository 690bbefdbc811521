"""One call of Apprise in a process of its own: a request comes as JSON on standard input, the outcome goes out so."""

import json
import os
import re
import sys
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.result import AppriseResult, AppriseResultStatus

WHO = "Nightshift"
_CODE = re.compile(r"\berror=(\d{3})\b")  # how Apprise's services word the status of an answer


def call(address: str, title: str, body: str, timeout: float) -> dict[str, object]:
    """Send `body`, in Markdown, to `address` within `timeout` seconds; what came of it.

    `known`: whether Apprise knows such an address; `sent`; `timed_out`; `code`: the HTTP status of an answer that was
    no success, where the service has told it.
    """
    asset = AppriseAsset(
        app_id=WHO, app_desc=WHO, app_url="", image_url_mask="", image_url_logo="",  # no picture from elsewhere
        http_redirects=False, async_mode=False, storage_mode=PersistentStoreMode.MEMORY, service_timeout=timeout,
    )  # fmt: skip
    service = Apprise.instantiate(address, asset=asset)
    if not isinstance(service, NotifyBase):
        return {"known": False}
    _bind(service, timeout)
    calls = Apprise(asset=asset)
    calls.add(service)
    done = calls.notify(
        title=title, body=body, body_format=NotifyFormat.MARKDOWN, notify_type=NotifyType.WARNING, timeout=timeout
    )
    return {"sent": bool(done), "timed_out": done.status == AppriseResultStatus.TIMEOUT, "code": _code(done)}


def _bind(service: NotifyBase, timeout: float) -> None:
    """What an address may ask for and does not get: unchecked certificates, redirects, patience, another try."""
    service.verify_certificate = True
    service.redirects = False
    service.socket_connect_timeout = service.socket_read_timeout = timeout + 1  # the bound on all of it comes first


def _code(done: AppriseResult) -> int | None:
    told = [entry.message for service in done.results for entry in service.logs()]
    found = _CODE.findall("\n".join(told))
    return int(found[-1]) if found else None


def main() -> None:
    """Read the request, print the outcome, and end: what Apprise has given up on is not waited for."""
    request: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(call(**request)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
