"""What is served now: a snapshot of the published copy with the champion, swapped whole when either is another.

A request takes `Front.current` once and keeps it to its end; what it holds stays open as long as that.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import duckdb

from ml.models.compatibility import misfits
from ml.models.model import DamagedModel
from ml.models.version import ModelVersion
from ml.registry.artifacts import FilesRemoved
from ml.registry.troubles import RegistryUnreadable
from ml.scoring.night_status import SCORED
from ml.scoring.score import columns_to_score
from serving.champion import Champion, champion_version, load_champion
from serving.night_rows import NightRows, night_rows
from serving.published import Published, newest_snapshot, open_published
from settings import Settings
from warehouse.servers import ServerUnreachable

log = logging.getLogger("nightshift.serving")
SAYS_ENOUGH = (duckdb.Error, DamagedModel, FilesRemoved, OSError, RegistryUnreadable, ServerUnreachable)


@dataclass(frozen=True)
class Snapshot:
    """What one request sees. `published` is None before the first night, `champion` before the first training."""

    settings: Settings
    published: Published | None = None
    champion: Champion | None = None

    @cached_property
    def last_night(self) -> datetime | None:
        """The last night with answers; None where there is none yet."""
        if self.published is None or not self.published.has("predictions"):
            return None
        unscored = f"where as_of not in (select as_of from nights where status <> '{SCORED}')"
        where = unscored if self.published.has("nights") else ""
        [row] = self.published.rows(f"select max(as_of) as as_of from predictions {where}")
        found: datetime | None = row["as_of"]
        return found

    @cached_property
    def night_rows(self) -> NightRows | None:
        """The last night's rows of the mart; None where there is no such night or no champion."""
        if self.published is None or self.champion is None or self.last_night is None:
            return None
        with self.published.con.cursor() as cursor:
            return night_rows(cursor, self.last_night, self.champion.model, self.settings)

    @cached_property
    def misfit(self) -> tuple[str, ...]:
        """What keeps the champion from answering for the published mart: features and components that it lacks."""
        if self.published is None or self.champion is None:
            return ()
        columns = self.published.tables.get("feature_mart", frozenset())
        return tuple(misfits(self.champion.model.card, columns, self.settings.fleet))

    @cached_property
    def columns_read(self) -> frozenset[str]:
        """The mart's columns that an answer or its reasons may read; none without a champion."""
        if self.champion is None:
            return frozenset()
        scoring = self.settings.workspace.scoring
        return frozenset(columns_to_score(self.champion.model, self.settings.fleet, scoring))

    def warm(self) -> "Snapshot":
        """Itself, with all that requests would have to wait for."""
        if not self.misfit:
            self.night_rows  # noqa: B018 - it is kept
        return self


Seen = tuple[Path | None, ModelVersion | None]


class Front:
    """The snapshot that requests get, and how it comes to be another.

    `trouble` says why what is newest could not be read; empty where it was.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.current = Snapshot(settings)
        self.trouble = ""
        self._seen: Seen | None = None
        self._turn = threading.Lock()

    def refresh(self) -> bool:
        """Serve a new night or champion, if there is one; returns whether. What cannot be read leaves what was served.

        Raises nothing: it is tried again.
        """
        with self._turn:
            try:
                seen = (newest_snapshot(self.settings.paths.published), champion_version(self.settings))
                if seen == self._seen:
                    return False
                fresh = self._made(*seen).warm()
            except Exception as error:  # whatever a library makes of half a file: the look-out must go on
                told = str(error).partition("\n")[0]
                if not isinstance(error, SAYS_ENOUGH):
                    told = f"{type(error).__name__}: {told}"
                if told != self.trouble:
                    log.warning("still serving what was there: %s", told)
                self.trouble = told
                return False
            self.current, self._seen, self.trouble = fresh, seen, ""
            return True

    def _made(self, snapshot: Path | None, version: ModelVersion | None) -> Snapshot:
        before = self.current
        published, champion = before.published, before.champion
        if snapshot is None:
            published = None
        elif published is None or published.snapshot != snapshot:
            published = open_published(snapshot)
        if version is None:
            champion = None
        elif champion is None or champion.version != version:
            champion = load_champion(self.settings, version)
        return Snapshot(self.settings, published, champion)
