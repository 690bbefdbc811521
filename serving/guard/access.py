"""Who may read and who may write: tokens from the environment, asked for as a bearer's or by signing in."""

import hmac
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WRITE_TOKEN, READ_TOKEN = "NIGHTSHIFT_SERVE_TOKEN", "NIGHTSHIFT_SERVE_READ_TOKEN"
SESSION, FORM = "nightshift_session", "nightshift_form"  # cookies
SESSION_SECONDS = 12 * 3600
SHORTEST_TOKEN = 16
WRITE, READ = "write", "read"
NO_WRITING = (
    f"Feedback is not taken here: set {WRITE_TOKEN} to a secret of at least {SHORTEST_TOKEN} characters, "
    "and serve again."
)


class WeakToken(ValueError):
    """A token that could be guessed; the message names the variable and the cure."""


@dataclass(frozen=True)
class Access:
    """`writing` is the token to write with, empty where nobody may; `reading` that to read with, empty where all may.

    Whoever may write may read. `clock` gives seconds since 1970.
    """

    writing: str = field(default="", repr=False)
    reading: str = field(default="", repr=False)
    clock: Callable[[], float] = time.time

    def may_read(self, authorization: str, session: str) -> bool:
        """Whether who sends this header and this cookie may read."""
        return not self.reading or self._right_of(authorization, session) in (READ, WRITE)

    def may_write(self, authorization: str, session: str = "") -> bool:
        """The same of writing. Give no `session` where no form's mark was asked for: browsers send it by themselves."""
        return self._right_of(authorization, session) == WRITE

    def signed_in(self, token: str) -> str | None:
        """The cookie of a session for whoever knows a token; None for anybody else."""
        right = self._right_by(token)
        return None if right is None else self._session(right, int(self.clock()) + SESSION_SECONDS)

    def form_mark(self, secret: str) -> str:
        """What a form says to show that we made it for the browser with this cookie FORM."""
        return _sign(self.writing or self.reading, f"form:{secret}")

    def is_own_form(self, secret: str, mark: str) -> bool:
        """Whether it does."""
        return bool(secret) and _same(self.form_mark(secret), mark)

    def _right_of(self, authorization: str, session: str) -> str | None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return self._right_by(token.strip())
        right, _, rest = session.partition(".")
        until, _, _ = rest.partition(".")
        if right not in (READ, WRITE) or not until.isdecimal() or int(until) < self.clock():
            return None
        return right if _same(self._session(right, int(until)), session) else None

    def _right_by(self, token: str) -> str | None:
        writes = bool(self.writing) & _same(self.writing, token)
        reads = bool(self.reading) & _same(self.reading, token)
        return WRITE if writes else READ if reads else None

    def _session(self, right: str, until: int) -> str:
        # A session ends with the token that it was given for.
        token = self.writing if right == WRITE else self.reading
        return f"{right}.{until}.{_sign(token, f'session:{right}:{until}')}"


def access_of(env: Mapping[str, str] = os.environ) -> Access:
    """What the environment says. Raises WeakToken."""
    given = {name: env.get(name, "").strip() for name in (WRITE_TOKEN, READ_TOKEN)}
    for name, token in given.items():
        if token and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
            raise WeakToken(
                f"{name} must be at least {SHORTEST_TOKEN} characters of plain ASCII: make one with "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`."
            )
    return Access(given[WRITE_TOKEN], given[READ_TOKEN])


def new_secret() -> str:
    """What nobody can guess: the cookie behind a browser's forms."""
    return secrets.token_urlsafe(24)


def _sign(token: str, text: str) -> str:
    return hmac.new(token.encode(), text.encode("utf-8", "replace"), "sha256").hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
