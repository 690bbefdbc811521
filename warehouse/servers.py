"""PostgreSQL servers, where a team's set-up names them: one that does not answer is a sentence without its address."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from settings import POSTGRES

if TYPE_CHECKING:
    from psycopg2.extensions import cursor

CONNECT_SECONDS = 10
TEAM_SETUP = "run `make setup-team`"
# What a server says, and what that means; anything else is no answer.
_REFUSALS = {
    "authentication failed": "refuses that user or password",
    "no password supplied": "wants a password",
    "does not exist": "knows no such user or database",
    "no pg_hba.conf entry": "lets nobody in from this machine",
    "too many": "takes no more connections",
}


class ServerUnreachable(RuntimeError):
    """A server that a setting names does not answer or refuses us; the message names the setting and the cure."""


@contextmanager
def postgres(address: str, variable: str) -> "Iterator[cursor]":
    """A cursor on the database at `address`, which `variable` names; each statement is a transaction of its own.

    Raises ServerUnreachable.
    """
    try:
        import psycopg2  # noqa: PLC0415 - a team's alone
    except ModuleNotFoundError:
        raise ServerUnreachable(not_installed(variable, "PostgreSQL")) from None
    try:
        connection = psycopg2.connect(address.replace(POSTGRES, "postgresql://", 1), connect_timeout=CONNECT_SECONDS)
    except psycopg2.Error as error:  # an address that it cannot read, too: it repeats parts of that
        raise ServerUnreachable(_sentence(variable, str(error))) from None
    with closing(connection), connection.cursor() as made:
        connection.autocommit = True
        try:
            yield made
        except psycopg2.OperationalError as error:
            raise ServerUnreachable(_sentence(variable, str(error))) from None


def not_installed(variable: str, what: str) -> str:
    """The sentence for a setting that needs packages of a team's set-up, which are not there."""
    return f"{variable} names a server of {what}, and what speaks with it is not installed: {TEAM_SETUP}."


def _sentence(variable: str, said: str) -> str:
    why = next((why for words, why in _REFUSALS.items() if words in said), "does not answer")
    return (
        f"The PostgreSQL that {variable} names {why}: start it, or correct {variable} ({POSTGRES}user:password@"
        "host:port/database), then run again. Nothing was changed."
    )
