"""How much one client may ask: a bucket each that fills at a rate, and is emptied by a request."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_CLIENTS = 10_000


@dataclass
class Rate:
    """`per_second` on average, `burst` at once; `clock` gives seconds."""

    per_second: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)  # client: what is left, and when it was so

    def wait(self, client: str) -> float:
        """0 where the client may go on, else the seconds after which it may ask again."""
        now = self.clock()
        left, at = self._left.get(client, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.per_second)
        if left < 1:
            return (1 - left) / self.per_second
        if client not in self._left and len(self._left) >= MOST_CLIENTS:
            self._forget(now)
        self._left[client] = (left - 1, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Those whose bucket is full again, or all: nobody's memory grows without bound."""
        full = [name for name, (left, at) in self._left.items() if left + (now - at) * self.per_second >= self.burst]
        for name in full or list(self._left):
            del self._left[name]
