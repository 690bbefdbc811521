"""Codes and components by what people call them: identifiers stay what they were, the texts are kept beside them."""

import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from settings import Fleet, load_settings

CODES = {"e101": "E 101 / pump", "e2": "e2"}


@pytest.fixture
def given() -> dict[str, Any]:
    return load_settings(env={}).fleet.model_dump()


def test_a_mapping_gives_the_same_identifiers_as_a_list(given: dict[str, Any]) -> None:
    listed, mapped = (Fleet.model_validate({**given, "error_codes": codes}) for codes in (list(CODES), CODES))
    assert listed.error_codes == mapped.error_codes == ("e101", "e2")
    assert (listed.error_label("e101"), mapped.error_label("e101")) == ("e101", "E 101 / pump")


def test_what_is_written_out_is_read_back(given: dict[str, Any]) -> None:
    assert given["error_codes"] == ("error1", "error2", "error3", "error4", "error5")
    fleet = Fleet.model_validate({**given, "error_codes": CODES, "components": {"c": "Gear"}})
    for mode in ("python", "json"):
        assert Fleet.model_validate(fleet.model_dump(mode=mode)) == fleet
    assert pickle.loads(pickle.dumps(fleet)).component_label("c") == "Gear"


def test_everything_has_a_label(given: dict[str, Any]) -> None:
    sensors = {"heat": {"min": 0, "max": 9, "label": "Motor Temp (°C)"}, "flow": {"min": 0, "max": 9}}
    fleet = Fleet.model_validate({**given, "sensors": sensors, "error_codes": CODES, "components": {"c": "Gear"}})
    assert [*map(fleet.label, ("heat", "flow", "e101", "e2", "c", "machine"))] == [
        "Motor Temp (°C)", "flow", "E 101 / pump", "e2", "Gear", "machine",
    ]  # fmt: skip


@pytest.mark.parametrize("codes", [{"e1": ""}, {"e1": " "}, {"e1": 5}, {"e1": "x", "e2": "x"}, {"e1": "e2", "e2": "y"}])
def test_a_text_that_says_nothing_or_two_things_is_refused(given: dict[str, Any], codes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"what people call it|more than one"):
        Fleet.model_validate({**given, "error_codes": codes})


@pytest.mark.parametrize(("readings", "told"), [(0.25, 1.0), (1, 1.0), (6, 6.0), (24, 24.0)])
def test_a_remaining_time_is_told_in_steps_of_the_readings_and_none_below_an_hour(
    given: dict[str, Any], readings: float, told: float
) -> None:
    assert Fleet.model_validate({**given, "telemetry_step_hours": readings}).remaining_step == told
