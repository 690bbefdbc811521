"""Where a training's sample is drawn: in the warehouse, or on Spark, where the rows lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ingestion.engine import spark_if_chosen
from ml.training.data import Sampler
from settings import Settings


@contextmanager
def sampler_of(settings: Settings) -> Iterator[Sampler | None]:
    """The workspace's sampler for `load_training_data`; None where its own connection draws."""
    with spark_if_chosen(settings) as session:
        if session is None:
            yield None
        else:
            from ml.spark.sample import load_sample  # noqa: PLC0415 - DuckDB's users need none of it

            yield partial(load_sample, session)
