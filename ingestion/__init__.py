"""Landing: raw files of `data/drops` into the tables of schema `raw`, once each, with nothing dropped in silence."""

from ingestion.errors import LandingError
from ingestion.feeds import TABLES
from ingestion.run import land
from ingestion.summary import LandedFile, LandingSummary

__all__ = ["TABLES", "LandedFile", "LandingError", "LandingSummary", "land"]
