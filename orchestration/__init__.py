"""Thin Dagster shells over dbt and `ml/`: no maths and no SQL."""

import warnings

from dagster import BetaWarning

# Single-run backfills are marked beta; the notice on every import tells an operator nothing to act on.
warnings.filterwarnings("ignore", category=BetaWarning)
