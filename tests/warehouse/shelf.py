"""A store in memory that stands for an S3 store: it may fail at any call, as if the process were killed there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from warehouse.object_store import ObjectStore, StoredFile
from warehouse.servers import ServerUnreachable

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
_SECONDS = count()


@dataclass(frozen=True)
class Shelf(ObjectStore):
    held: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    last_call: int = 10**9  # the call that fails, and all after it

    def upload(self, path: Path, name: str) -> None:
        self._put(name, path.read_bytes())

    def write(self, name: str, content: str) -> None:
        self._put(name, content.encode())

    def read(self, name: str) -> str | None:
        self._called(f"read {name}")
        return self.held[name][0].decode() if name in self.held else None

    def files(self, under: str = "") -> dict[str, StoredFile]:
        self._called(f"files {under}")
        return {name: StoredFile(len(c), at) for name, (c, at) in self.held.items() if name.startswith(under)}

    def download(self, name: str, path: Path) -> None:
        self._called(f"download {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.held[name][0])

    def remove(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._called(f"remove {name}")
            self.held.pop(name, None)

    def _put(self, name: str, content: bytes) -> None:
        self._called(f"put {name}")
        self.held[name] = (content, BEGAN + timedelta(seconds=next(_SECONDS)))

    def _called(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) >= self.last_call:
            raise ServerUnreachable(call)
