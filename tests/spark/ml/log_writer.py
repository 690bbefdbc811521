"""Answers one night again and again, until it is killed: `python -m tests.spark.ml.log_writer HOME CHANCE@MINUTE...`.

A last word `wait` lets it stand still between adding a batch and dropping the older one, which it tells by `added` on
standard output. After each batch it tells the log's `answers` as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from ml.spark import prediction_log
from settings import load_settings
from tests.spark.ml.conftest import spark_settings
from tests.spark.ml.log_kit import answers, night
from warehouse.spark.session import spark_session


def main(home: str, *given: str) -> None:
    if given[-1] == "wait":
        prediction_log.drop_older = _stand_still  # type: ignore[assignment]
    settings = spark_settings(load_settings(env={}), Path(home))
    with spark_session(settings) as session:
        for chance, _, minute in (words.partition("@") for words in given if "@" in words):
            prediction_log.write_predictions(session, night(float(chance), at=int(minute)), settings.paths.lake)
            print("answers", json.dumps(answers(session), default=str), flush=True)


def _stand_still(*_: Any) -> None:
    print("added", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
