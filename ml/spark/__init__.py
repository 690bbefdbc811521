"""Scoring, the prediction log and the training sample where the tables are Spark's. A session is always an argument."""

LAKE_MART = "main.feature_mart"
LAKE_LATE_LABELS = "main.late_labels"
