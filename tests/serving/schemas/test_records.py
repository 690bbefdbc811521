"""What is told over the port, held to the tables that it is told from."""

from typing import get_type_hints

from ml.scoring.night_status import NightStatus
from serving.schemas.records import Night


def test_a_night_is_told_with_all_that_is_kept_of_it() -> None:
    told = {name: field.annotation for name, field in Night.model_fields.items()}
    kept = get_type_hints(NightStatus)
    assert {name: told.get(name) for name in kept} == kept
