"""When a machine counts as silent."""

from datetime import timedelta

from settings import Fleet, ScoringSettings

HOUR = timedelta(hours=1)


def silent_after(fleet: Fleet, scoring: ScoringSettings) -> int:
    """Hours without a reading after which a machine is silent.

    `silent_after_hours`, or as long as the step and the latency of the telemetry may keep a healthy one quiet, if that
    is longer.
    """
    may_be_quiet = fleet.telemetry_step + timedelta(hours=fleet.feed_latency_hours.telemetry)
    return max(scoring.silent_after_hours, may_be_quiet // HOUR + 1)
