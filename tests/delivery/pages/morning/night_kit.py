"""A night of twenty machines, its readings, and its page."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from delivery.pages.morning.page import MorningPage, render_morning_page
from ml.explain.reason_record import Reason, reasons_as_json, reasons_as_text
from settings import Economics, Fleet

AS_OF = datetime(2025, 12, 31, 6)
BEFORE = AS_OF - timedelta(days=1)
COSTS = Economics(missed_failure=1000, planned_replacement=150, needless_visit=50, inspections_per_day=10)
COLUMNS = (
    "machine_id", "as_of", "horizon_hours", "failure_probability", "comp1_probability", "predicted_component", "alert",
    "risk_level", "recommended_action", "reasons", "reason_records", "model_name", "model_version", "features_hash",
    "scored_at",
)  # fmt: skip
REASONS = (
    Reason("error1", True, 1.2, "error1 18 h ago"),
    Reason("vibration", True, 0.7, "vibration 24 h mean 49.0 mm/s"),
    Reason("comp2", False, -0.3, "comp2 replaced 41 days ago"),
)


def night(machines: int = 20, alerts: int = 3, **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "machine_id": [str(i) for i in range(1, machines + 1)],
            "as_of": AS_OF,
            "horizon_hours": 24,
            "failure_probability": np.linspace(0.97, 0.001, machines),
            "comp1_probability": np.linspace(0.9, 0.001, machines),
            "predicted_component": "comp1",
            "alert": np.arange(machines) < alerts,
            "risk_level": np.where(np.arange(machines) < alerts, "high", "normal"),
            "recommended_action": "Replace comp1 within 24 h",
            "reasons": reasons_as_text(REASONS),
            "reason_records": reasons_as_json(REASONS),
            "model_name": "nightshift",
            "model_version": "3",
            "features_hash": "ab",
            "scored_at": AS_OF,
        },
        columns=list(COLUMNS),
    )
    return frame.assign(**columns)


def readings(machine: str = "1", hours: int = 168) -> pd.DataFrame:
    at = [AS_OF - timedelta(hours=h) for h in range(hours)]
    values = np.random.default_rng(0).normal(100, 5, size=(hours, 4))
    frame = pd.DataFrame(values, columns=["volt", "rotate", "pressure", "vibration"])
    return frame.assign(machine_id=machine, event_at=at)


def render(fleet: Fleet, predictions: pd.DataFrame, sensors: pd.DataFrame | None = None, **rest: Any) -> str:
    sensors = readings().head(0) if sensors is None else sensors
    page: dict[str, Any] = {"as_of": AS_OF, "horizon_hours": 24, "top_n": 5, "costs": COSTS} | rest
    return render_morning_page(MorningPage(predictions=predictions, sensors=sensors, fleet=fleet, **page))
