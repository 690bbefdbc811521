"""Tokens: who has one, and who has not."""

import pytest

from serving.guard.access import READ_TOKEN, SESSION_SECONDS, WRITE_TOKEN, Access, WeakToken, access_of

WRITING, READING = "w" * 20, "r" * 20


def test_without_tokens_all_read_and_nobody_writes() -> None:
    access = access_of({})
    assert access.may_read("", "")
    assert not access.may_write("")
    assert not access.may_write("Bearer ")
    assert access.signed_in("") is None
    assert not access.is_own_form("", "")


def test_who_may_write_may_read_and_not_the_other_way_round() -> None:
    access = access_of({WRITE_TOKEN: WRITING, READ_TOKEN: READING})
    assert access.may_read(f"Bearer {WRITING}", "")
    assert access.may_read(f"bearer  {READING}", "")
    assert access.may_write(f"Bearer {WRITING}")
    assert not access.may_write(f"Bearer {READING}")
    assert not access.may_read("", "")
    assert not access.may_read(WRITING, "")


def test_a_session_ends_by_itself_and_with_its_token() -> None:
    clock = [1_000.0]
    session = Access(WRITING, READING, lambda: clock[0]).signed_in(WRITING)
    assert session is not None
    assert Access(WRITING, READING, lambda: clock[0]).may_write("", session)
    assert not Access("x" * 20, READING, lambda: clock[0]).may_write("", session)
    clock[0] += SESSION_SECONDS + 1
    assert not Access(WRITING, READING, lambda: clock[0]).may_write("", session)


@pytest.mark.parametrize("token", ["short", "ü" * 20, "a" * 16 + "\x7f"])
def test_a_token_that_can_be_guessed_is_refused(token: str) -> None:
    with pytest.raises(WeakToken, match=WRITE_TOKEN):
        access_of({WRITE_TOKEN: token})


def test_no_token_is_shown() -> None:
    assert WRITING not in repr(access_of({WRITE_TOKEN: WRITING}))
