"""What runs inside Spark's workers: batches of mart rows in, answers out.

A worker process serves many tasks one after the other; it keeps the model it has read.
"""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from ml.models.model import Model, load_model
from ml.scoring.contract import answer_columns, arrow_schema
from ml.scoring.score import answer


def answer_batches(
    batches: Iterable[pa.RecordBatch],
    bundle: str,
    components: Sequence[str],
    further: Sequence[int],
    counts: Sequence[str],
) -> Iterator[pa.RecordBatch]:
    """Each batch of mart rows answered by the shipped model `bundle`, in the columns of `answer_columns`.

    One CatBoost thread: Spark runs as many tasks as it has cores.
    """
    schema = arrow_schema(answer_columns(components, further))
    for batch in batches:
        answers = answer(batch.to_pandas(), shipped_model(bundle), components, further, counts, threads=1)
        yield pa.RecordBatch.from_pandas(answers, schema=schema, preserve_index=False)


@lru_cache(maxsize=1)
def shipped_model(bundle: str) -> Model:
    """The model of the shipped file `bundle`, read once a process: its name holds its digest."""
    from pyspark import SparkFiles  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(SparkFiles.get(bundle)).extractall(folder)
        return load_model(Path(folder))
