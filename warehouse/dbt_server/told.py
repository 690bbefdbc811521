"""What a dbt command tells whoever asked for its events as JSON, an event a line, and what came of it in the end.

dbt's own logs put every event into words before they leave out those of no interest, which are nine in ten, and it
writes the whole manifest at the end of a command: together a sixth of what a build costs. So a command has no log of
dbt's here, tells its events by a callback, and leaves `run_results.json` alone.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from dbt_common.events.functions import env_scrubber, msg_to_dict
from dbt_common.utils.encoding import ForgivingJSONEncoder

INSTEAD_OF_LOGS = ("--log-level", "none", "--log-level-file", "none", "--no-write-json")
UNTOLD_LEVELS = {"debug", "test"}
_one_at_a_time = Lock()


def is_json_asked(args: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a command is to write its events to standard output as JSON, all but those for debugging."""
    return env.get("DBT_LOG_FORMAT") == "json" and not {"--quiet", "--debug", "--log-level"} & set(args)


def tell(event: Any) -> None:  # noqa: ANN401 - dbt's EventMsg, one protobuf class for each kind
    """Write an event as a line, as dbt's own log on standard output has it."""
    if event.info.level not in UNTOLD_LEVELS:
        line = json.dumps(msg_to_dict(event), sort_keys=True, cls=ForgivingJSONEncoder)
        with _one_at_a_time:
            sys.stdout.write(env_scrubber(line) + "\n")
            sys.stdout.flush()


def leave_results(result: Any, target_path: Path) -> None:  # noqa: ANN401 - of any dbt command
    """Write the results of the nodes that a command ran; those of a command that ran none have no `write`."""
    write: Callable[[str], None] | None = getattr(result, "write", None)
    if write is not None:
        write(str(target_path / "run_results.json"))
