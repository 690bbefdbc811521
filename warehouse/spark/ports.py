"""Whether a server listens on a port. Spark's own clients retry for minutes before they report that none does."""

import socket

from warehouse.connection import WarehouseError

SECONDS = 5


def require_server(server: str, host: str, port: int, named_in: str) -> None:
    """Raise WarehouseError where nothing listens at `host`:`port`; `named_in` names the setting to change."""
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        raise WarehouseError(
            f"No {server} answers at {host}:{port} ({error.strerror or error}): start it, or name another in "
            f"{named_in}."
        ) from None
