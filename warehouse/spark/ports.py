"""Does a server listen? Spark's own clients ask for minutes before they say that none does."""

import socket

from warehouse.connection import WarehouseError

SECONDS = 5


def reach(server: str, host: str, port: int, named_in: str) -> None:
    """Raise WarehouseError where nothing listens at `host`:`port`; `named_in` says what names another place."""
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        raise WarehouseError(
            f"No {server} answers at {host}:{port} ({error.strerror or error}): start it, or name another in "
            f"{named_in}."
        ) from None
