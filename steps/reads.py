"""The tables that a training and an evaluation read, apart from them: the graph names them and loads neither."""

READ_BY_TRAINING = READ_BY_EVALUATION = (
    "feature_mart", "horizon_labels", "remaining_time", "outages", "late_labels", "fleet_clock", "feed_reach",
)  # fmt: skip
