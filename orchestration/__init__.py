"""Thin Dagster shells over dbt and `ml/`: no maths and no SQL."""
