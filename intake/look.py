"""The whole look at a folder: files, what they are, the entries tried on them, the facts, and the proposal."""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import yaml
from pydantic import ValidationError

from ingestion.mapping.expressions import reason_of
from intake.carry import Carries, carries
from intake.draft import Draft
from intake.entries import draft
from intake.event_facts import EventCounts, FailureCounts, event_counts, failure_counts
from intake.files import SeenFile, closed_folders, files_below
from intake.groups import FileGroup, group_files
from intake.load import Looked, Tell, scratch, trial_fleet, try_files
from intake.meaning import NOTHING, OF_TELEMETRY, Meaning
from intake.profile import Profile, profile_of
from intake.proposal import proposal_text, vars_of
from intake.retiring import leave_with_failure, with_retirement
from intake.roles import meaning_of_group
from intake.sample import take_sample
from intake.sensor_facts import SensorFacts, sensor_facts
from intake.vars import any_range, sensor_vars, shape_of
from settings import ROOT, Fleet, load_settings
from settings.fleet_file import FLEET_FILE
from settings.own_settings import SETTINGS
from warehouse.connection import Connection


@dataclass(frozen=True)
class Intake:
    """All that intake found out. `text` is the proposed file, empty where nothing can be proposed, as `why` says."""

    folder: Path
    files: tuple[SeenFile, ...]
    apart: tuple[tuple[str, str], ...]
    meanings: tuple[Meaning, ...]
    draft: Draft
    looked: Looked
    profile: Profile | None = None
    sensors: tuple[SensorFacts, ...] = ()
    events: EventCounts | None = None
    failures: FailureCounts | None = None
    carried: Carries | None = None
    text: str = ""
    fleet: Fleet | None = None
    why: str = ""

    @property
    def tells_offsets(self) -> bool:
        """Whether every reading's time names its offset from UTC."""
        times = [one.moments.at for one in self.meanings if one.feed == OF_TELEMETRY]
        return bool(times) and all(at is not None and at.zoned for at in times)


def look(folder: Path, name: str, tell: Tell = lambda line: None) -> Intake:
    """Look at a folder. Whatever lies in it, an answer comes back."""
    with scratch() as con:
        try:
            return _look(con, folder, name, tell)
        except duckdb.Error as error:
            why = f"looking at it failed ({reason_of(error)}); look at fewer of its files, or at each kind by itself"
            return Intake(folder, tuple(files_below(folder)), (), (), Draft(), Looked(()), why=why)


def _look(con: Connection, folder: Path, name: str, tell: Tell) -> Intake:
    files = files_below(folder) if folder.is_dir() else []
    apart = [(file.name, file.problem) for file in files if file.problem]
    apart += [(sentence, "") for sentence in closed_folders(folder)]
    tell(f"{len(files):,} files below {folder}")
    groups, no_tables = group_files(con, files)
    apart += [(file.name, why) for file, why in no_tables]
    meanings = []
    for number, group in enumerate(groups):
        tell(f"looking at {group.names} ({number + 1} of {len(groups)} kinds of files)")
        meaning, troubles = _understood(con, group, number)
        meanings.append(meaning)
        apart += [(file.name, why) for file, why in troubles]
    drafted = draft(meanings)
    found = Intake(folder, tuple(files), tuple(apart), tuple(meanings), drafted, Looked(()))
    if not drafted.lands:
        return replace(found, why=_why_nothing(files, meanings))
    return _tried(con, found, name, tell)


def _understood(con: Connection, group: FileGroup, number: int) -> tuple[Meaning, list[tuple[SeenFile, str]]]:
    sample, troubles = take_sample(con, group, number)
    try:
        return meaning_of_group(group, sample), troubles
    except duckdb.Error as error:
        return Meaning(group, sample, NOTHING, f"it cannot be looked at ({reason_of(error)})"), troubles


def _tried(con: Connection, found: Intake, name: str, tell: Tell, zone: str = "") -> Intake:
    drafted = found.draft
    known = yaml.safe_load((ROOT / FLEET_FILE).read_text())["vars"]
    own = {
        "mapping": drafted.mapping(),
        "error_codes": dict(drafted.error_codes),
        "components": dict(drafted.components),
    }
    try:
        first = trial_fleet(known, any_range(drafted), own)
    except ValidationError as error:
        return replace(found, why=f"what was found makes no fleet file ({error.errors()[0]['msg']})")
    looked = try_files(con, found.folder, first, tell)
    found = replace(found, looked=looked)
    if looked.stopped or not looked.rows(OF_TELEMETRY):
        refused = next((one.refused for one in looked.files if one.refused), "no row of readings can be used")
        return replace(found, why=looked.stopped or refused)
    tell("looking at times and sensors")
    names = {guess.name: guess for guess in drafted.sensors}
    profile = profile_of(con, list(names), zone)
    if profile is None:
        return replace(found, why="no row of readings can be used")
    facts = sensor_facts(con, names, profile.rows)
    if not facts:
        return replace(found, profile=profile, why="no reading of any sensor is a number")
    if profile.zones and not zone and _is_naive(found):
        tell(f"the times look local, by the clock of {profile.zones[0]}: reading them so")
        return _tried(con, replace(found, draft=drafted.in_zone(profile.zones[0])), name, tell, profile.zones[0])
    drafted = with_retirement(drafted, *leave_with_failure(con, profile.step_seconds))
    found = replace(found, draft=drafted)
    events = event_counts(con)
    failures = failure_counts(con, profile.pause_seconds)
    found = replace(found, profile=profile, events=events, failures=failures)
    cycles = any(
        one.moments.at is not None and one.moments.at.cycles for one in found.meanings if one.feed == OF_TELEMETRY
    )
    settings = load_settings(ROOT, {})
    shape = shape_of(profile, cycles, settings.workspace.scoring.silent_after_hours)
    told = [
        f"Proposed by `make intake FOLDER={found.folder}`. What differs from the vars of the root's "
        "dbt_project.yml, which",
        "explains each; docs/mapping.md explains the mapping. Correct what it cannot know.",
    ]
    text = proposal_text(name, drafted, sensor_vars(drafted, facts), shape, told)
    found = replace(found, profile=profile, sensors=tuple(facts), text=text)
    try:
        said = {key: value for key, value in vars_of(text).items() if key != SETTINGS}
        fleet = Fleet.model_validate({**known, **said})
        return replace(found, fleet=fleet, carried=carries(con, profile, fleet, settings))
    except (ValidationError, yaml.YAMLError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error).splitlines()[0]
        return replace(found, why=f"the proposed file has to be corrected before it lands: {reason}")


def _is_naive(found: Intake) -> bool:
    return any(one.feed == OF_TELEMETRY and one.moments.at and not one.moments.at.zoned for one in found.meanings)


def _why_nothing(files: list[SeenFile], meanings: list[Meaning]) -> str:
    if not files:
        return "the folder is empty, or there is none"
    if not meanings:
        return "no file in it holds a table that can be read"
    return "no file in it holds readings of machines over time: telemetry is the one feed that must be there"
