"""`python -m serving` (`make serve`): serve this workspace's published copy until Ctrl-C.

Where it listens and what it lets through stands under [serving] in workspace.toml; tokens come from the environment.
"""

import argparse
import os
import socket
import sys
from collections.abc import Iterator

import uvicorn

from serving.guard.access import READ_TOKEN, WRITE_TOKEN, Access, WeakToken, access_of
from serving.guard.gate import is_loopback
from settings import ROOT, SettingsError, load_settings, write_out_homes

APPLICATION = "serving.app:build"
HOST, PORT = "NIGHTSHIFT_SERVE_HOST", "NIGHTSHIFT_SERVE_PORT"
MOST_WORKERS = 32
MOST_CONNECTIONS = 200  # connections, beyond which uvicorn says 503
GRACE_SECONDS = 10


def main() -> int:
    """Serve; the exit code is 1 where the settings or a token cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", help="instead of serving.host")
    parser.add_argument("--port", type=int, help="instead of serving.port")
    parser.add_argument(
        "--workers", type=int, choices=range(1, MOST_WORKERS + 1), default=1, metavar=f"1..{MOST_WORKERS}",
        help="processes, each with the champion in its memory",
    )  # fmt: skip
    given = parser.parse_args()
    write_out_homes()
    os.chdir(ROOT)
    # For this process and its workers, each of which reads the settings.
    os.environ |= {name: str(value) for name, value in ((HOST, given.host), (PORT, given.port)) if value is not None}
    try:
        serving = load_settings().workspace.serving
        access = access_of()
    except (SettingsError, WeakToken) as error:
        print(error, file=sys.stderr)
        return 1
    host, port = serving.host, serving.port
    if trouble := _cannot_listen(host, port):
        print(
            f"Nothing can listen to {host}, port {port} ({trouble}): name another by {HOST} or {PORT}.", file=sys.stderr
        )
        return 1
    for warning in _warnings(host, access):
        print(warning, file=sys.stderr)
    shown = f"[{host}]" if ":" in host else host
    print(
        f"Pages at http://{shown}:{port}{serving.prefix}/ and JSON as /openapi.json says; Ctrl-C ends it.", flush=True
    )
    uvicorn.run(
        APPLICATION, factory=True, host=host, port=port, workers=given.workers, root_path=serving.prefix,
        limit_concurrency=MOST_CONNECTIONS, timeout_graceful_shutdown=GRACE_SECONDS, server_header=False,
        access_log=False, log_level="warning",
    )  # fmt: skip
    return 0


def _warnings(host: str, access: Access) -> Iterator[str]:
    """Who may do more than one may think, or less."""
    if not is_loopback(host) and not access.reading:
        yield f"Everybody who reaches {host} may read this fleet: set {READ_TOKEN} to ask for a token."
    if not access.writing:
        yield f"Feedback is off: set {WRITE_TOKEN} to take it."


def _cannot_listen(host: str, port: int) -> str:
    """Why this address cannot be listened to, before it is announced; empty where it can."""
    try:
        [(family, kind, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main())
