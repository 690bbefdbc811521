from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ml.split import time_split


@given(st.integers(1, 96), st.integers(1, 300), st.integers(1, 60))
def test_no_label_reaches_into_the_next_span(horizon: int, history: int, nights: int) -> None:
    known = datetime(2025, 6, 1, 6)
    split = time_split(known, horizon, history, nights)
    reach = timedelta(hours=horizon)
    assert split.train_end + reach <= split.validation_start
    assert split.validation_end + reach <= known
    assert split.validation_end - split.validation_start == timedelta(days=nights)
    assert split.train_end - split.train_start == timedelta(days=history)
