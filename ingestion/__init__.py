"""Landing: raw files of the drops folder into the tables of schema `raw`, once each; no row is dropped unreported."""

from ingestion.errors import LandingError
from ingestion.feeds import TABLES
from ingestion.run import land
from ingestion.summary import LandedFile, LandingSummary

__all__ = ["TABLES", "LandedFile", "LandingError", "LandingSummary", "land"]
