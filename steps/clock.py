"""The moment it is: steps read the clock and hand the moment on, so that what they call stays pure."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, as tables and records keep moments: naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
