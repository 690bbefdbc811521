"""Who is told gets every event as dbt makes it; what nobody is told of is not made."""

import pytest
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.functions import msg_to_dict
from dbt_common.events.types import Note

from warehouse.dbt_server import events
from warehouse.dbt_server.events import leave_out_untold


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The events that were put together; dbt is as it was afterwards."""
    together: list[object] = []

    def note(event: BaseEvent, *args: object, **kwargs: object) -> None:
        together.append(event)
        dbts_own(event, *args, **kwargs)

    dbts_own = events._make
    monkeypatch.setattr(events, "_make", note)
    for owner, name in ((EventManager, "fire_event"), (BaseEvent, "__init__"), (BaseEvent, "__getattr__"),
                        (BaseEvent, "__setattr__")):  # fmt: skip
        monkeypatch.setattr(owner, name, getattr(owner, name))
    leave_out_untold()
    return together


@pytest.mark.parametrize("level", EventLevel)
@pytest.mark.parametrize("is_logged", [True, False])
def test_debugging_alone_is_left_out_and_only_without_a_log(
    level: EventLevel, is_logged: bool, made: list[object]
) -> None:
    told = []
    manager = EventManager()
    manager.add_callback(lambda message: told.append(msg_to_dict(message)))
    if is_logged:
        manager.loggers.append(type("Log", (), {"filter": lambda *_: False})())
    manager.fire_event(Note(msg="said"), level)
    is_told = is_logged or level not in {EventLevel.DEBUG, EventLevel.TEST}
    assert [(one["info"]["msg"], one["info"]["level"], one["data"]) for one in told] == [
        ("said", level.value, {"msg": "said"})
    ] * is_told
    assert len(made) == is_told


def test_an_event_holds_what_it_was_given_and_what_was_written_to_it(made: list[object]) -> None:
    event = Note(msg=7)
    assert made == []
    assert event.msg == "7"
    event.msg = "8"
    other = Note(msg="first")
    other.msg = "second"
    assert (event.to_dict(), other.pb_msg.msg) == ({"msg": "8"}, "second")
    assert made == [event, other]
    with pytest.raises(AttributeError):
        _ = event.unheard_of
