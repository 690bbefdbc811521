"""Landing: raw files of `data/drops` into the tables of schema `raw`, once each, with nothing dropped in silence."""

from data.landing.engine import land_drops
from data.landing.errors import LandingError
from data.landing.feeds import TABLES
from data.landing.run import land
from data.landing.summary import LandedFile, LandingSummary

__all__ = ["TABLES", "LandedFile", "LandingError", "LandingSummary", "land", "land_drops"]
