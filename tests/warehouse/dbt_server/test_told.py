"""What is told in the place of dbt's own log on standard output is what that log says."""

from io import StringIO

import pytest
from dbt_common.events.base_types import EventLevel, msg_from_base_event
from dbt_common.events.functions import env_scrubber
from dbt_common.events.logger import LineFormat, LoggerConfig, _JsonLogger
from dbt_common.events.types import Note

from warehouse.dbt_server.told import is_json_asked, tell


@pytest.mark.parametrize("level", EventLevel)
def test_a_line_is_that_of_dbts_log(
    level: EventLevel, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_KEY", "hush")
    event, log = msg_from_base_event(Note(msg='ä "quoted"\nhush'), level), StringIO()
    config = LoggerConfig("told", scrubber=env_scrubber, line_format=LineFormat.Json, level=EventLevel.INFO)
    config.output_stream = log
    _JsonLogger(config).write_line(event)
    tell(event)
    assert capsys.readouterr().out == log.getvalue()
    assert bool(log.getvalue()) == (level not in {EventLevel.DEBUG, EventLevel.TEST})
    assert "hush" not in log.getvalue()


def test_it_is_told_where_it_is_asked_for() -> None:
    assert is_json_asked(["build", "--select", "x"], {"DBT_LOG_FORMAT": "json"})
    assert not is_json_asked(["build"], {})
    for option in ("--quiet", "--debug", "--log-level"):
        assert not is_json_asked(["build", option], {"DBT_LOG_FORMAT": "json"})
