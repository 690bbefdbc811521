"""A PostgreSQL that cannot be used is a sentence: the setting, what is wrong, the cure, and no address."""

import sys
from types import ModuleType

import pytest

from warehouse.servers import ServerUnreachable, postgres

ADDRESS = "postgresql+psycopg2://me:s3cret@db.example:5999/x"


class Refused(Exception):
    """psycopg2's error."""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('connection to server at "db.example", port 5999 failed: Connection refused', "does not answer"),
        ('could not translate host name "db.example" to address', "does not answer"),
        ('FATAL:  password authentication failed for user "me"', "refuses that user or password"),
        ('FATAL:  database "x" does not exist', "knows no such user or database"),
        ('invalid integer value "s3cret" for connection option "port"', "does not answer"),
    ],
)
def test_what_a_server_says_becomes_a_sentence(said: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(address: str, connect_timeout: int) -> None:
        raise Refused(said)

    driver = ModuleType("psycopg2")
    vars(driver).update(connect=connect, Error=Refused, OperationalError=Refused)
    monkeypatch.setitem(sys.modules, "psycopg2", driver)
    with pytest.raises(ServerUnreachable) as raised, postgres(ADDRESS, "NIGHTSHIFT_X"):
        pass
    sentence = str(raised.value)
    assert sentence.startswith(f"The PostgreSQL that NIGHTSHIFT_X names {told}: start it, or correct NIGHTSHIFT_X")
    assert not any(word in sentence for word in ("s3cret", "db.example", "5999", "me:"))
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_driver_that_is_not_installed_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(ServerUnreachable, match=r"NIGHTSHIFT_X .* is not installed: run `make setup-team`"):
        postgres(ADDRESS, "NIGHTSHIFT_X").__enter__()
