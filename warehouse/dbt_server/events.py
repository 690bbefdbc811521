"""dbt's events, put together only where somebody is told of them: nine in ten are for debugging, and nobody is."""

from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

from warehouse.dbt_server.told import UNTOLD_LEVELS

GIVEN, MESSAGE = "_given", "pb_msg"
_fire: Any = EventManager.fire_event
_make: Any = BaseEvent.__init__
_get: Any = BaseEvent.__getattr__
_set: Any = BaseEvent.__setattr__


def leave_out_untold() -> None:
    """Let this process make no message of an event that is for debugging alone, unless there is a log for it."""
    EventManager.fire_event = _fire_told  # type: ignore[method-assign, assignment]
    BaseEvent.__init__ = _note  # type: ignore[method-assign, assignment]
    BaseEvent.__getattr__, BaseEvent.__setattr__ = _read, _write  # type: ignore[method-assign]


def _fire_told(
    manager: EventManager,
    e: BaseEvent,
    level: EventLevel | None = None,
    node: object = None,
    force_warn_or_error_handling: bool = False,
) -> None:
    if manager.loggers or force_warn_or_error_handling or (level or e.level_tag()) not in UNTOLD_LEVELS:
        _fire(manager, e, level, node, force_warn_or_error_handling)


def _note(event: BaseEvent, *args: object, **kwargs: object) -> None:
    """Keep what an event is made of."""
    object.__setattr__(event, GIVEN, (args, kwargs))


def _read(event: BaseEvent, key: str) -> Any:  # noqa: ANN401 - whatever the event holds
    """What stands for the event's `__getattr__`, which is asked for its message and what that holds."""
    _complete(event)
    return vars(event)[MESSAGE] if key == MESSAGE else _get(event, key)


def _write(event: BaseEvent, key: str, value: Any) -> None:  # noqa: ANN401
    if key != MESSAGE:
        _complete(event)
    _set(event, key, value)


def _complete(event: BaseEvent) -> None:
    if MESSAGE not in vars(event):
        args, kwargs = vars(event)[GIVEN]
        _make(event, *args, **kwargs)
