"""Every metric's name and meaning, in the order of the text: what a rule, a dashboard or a page may ask for.

Names follow Prometheus' conventions: base units, `_seconds`, moments as `_timestamp_seconds`. All are gauges, for a
night says how things stand. No label names a machine, a component or a sensor, so that a large fleet has no more series
than a small one.
"""

LAST_SUCCESS = "nightshift_last_success_timestamp_seconds"
NIGHT = "nightshift_night_timestamp_seconds"
NIGHT_SCORED = "nightshift_night_scored"
DATA = "nightshift_data_timestamp_seconds"
MACHINES_SCORED = "nightshift_machines_scored"
MACHINES_SILENT = "nightshift_machines_silent"
MACHINES_DOWN = "nightshift_machines_down"
ALERTS = "nightshift_alerts"
CASES_OPEN = "nightshift_cases_open"
DATA_FINDINGS = "nightshift_data_findings"
DRIFTED = "nightshift_drifted"
DRIFTED_COLUMNS = "nightshift_drifted_columns"
DRIFT_NIGHTS = "nightshift_drift_consecutive_nights"
DRIFT_LIMIT = "nightshift_drift_consecutive_nights_limit"
QUALITY = "nightshift_quality_average_precision"
QUALITY_LOW = "nightshift_quality_average_precision_low"
QUALITY_HIGH = "nightshift_quality_average_precision_high"
QUALITY_AT_GATE = "nightshift_quality_at_gate_average_precision"
QUALITY_FALLEN = "nightshift_quality_fallen"
QUALITY_FAILURES = "nightshift_quality_matured_failures"
GATE_PROMOTED = "nightshift_gate_promoted"
GATE_DECISION = "nightshift_gate_decision_timestamp_seconds"
MODEL = "nightshift_model_info"
STEP_SECONDS = "nightshift_step_duration_seconds"
RUN_SECONDS = "nightshift_run_duration_seconds"

METRICS = {
    LAST_SUCCESS: "When the newest scored night was scored.",
    NIGHT: "The moment that the newest scored night speaks of.",
    NIGHT_SCORED: "Whether the newest night that was asked for could be scored (1), or telemetry was missing (0).",
    DATA: "The newest reading that the newest night knew.",
    MACHINES_SCORED: "Machines with an answer in the newest scored night.",
    MACHINES_SILENT: "Machines without a reading of late in that night: they have no answer and are not safe.",
    MACHINES_DOWN: "Machines that had failed and were not repaired in that night.",
    ALERTS: "Visits advised by that night.",
    CASES_OPEN: "Cases that nothing has closed yet.",
    DATA_FINDINGS: "What is odd about the data, by level: error, warning or note.",
    DRIFTED: "Whether any column drifted on the night judged last.",
    DRIFTED_COLUMNS: "Columns that drifted on the night judged last.",
    DRIFT_NIGHTS: "Judged nights in a row, up to the last one, on which values drifted for this model.",
    DRIFT_LIMIT: "As many nights in a row call for a new model: retraining.sustained_nights.",
    QUALITY: "Average precision of the model's answers on matured nights; absent where too few machines had failed.",
    QUALITY_LOW: "The lower end of its interval.",
    QUALITY_HIGH: "The upper end of its interval.",
    QUALITY_AT_GATE: "What that model reached at its gate.",
    QUALITY_FALLEN: "Whether even the interval's upper end is more than retraining.quality_drop below that.",
    QUALITY_FAILURES: "Rows with a failure ahead behind that average precision.",
    GATE_PROMOTED: "Whether the gate let the model pass that it judged last.",
    GATE_DECISION: "When it judged.",
    MODEL: "The version that answered in the newest night, as a label; always 1.",
    STEP_SECONDS: "Seconds that each step of the last complete run took.",
    RUN_SECONDS: "Seconds from the first step's beginning to the last step's end in that run.",
}
