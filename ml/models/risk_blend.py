"""Any failure, from two sides: a model of any failure at all, and the models of the components together.

The first sees every failure there was; the second knows that each component fails in its own way. Together they rank
better than either alone where one of them has too few failures to go by.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from ml.arrays import by_rows
from ml.mart.columns import ANY

UNION_SHARE = 2 / 3


def blend(log_odds: pd.DataFrame) -> pd.DataFrame:
    """Raw scores, one column a learned target, with `any` mixed with the union of the components (UNION_SHARE).

    The union is the log-odds that at least one of the components fails, if they failed independently.
    """
    components = [name for name in log_odds.columns if name != ANY]
    if not components:
        return log_odds
    parts = log_odds[components].fillna(-np.inf).to_numpy()
    return log_odds.assign(**{ANY: by_rows(blended, log_odds[ANY].to_numpy(), parts)})


def blended(whole: NDArray[np.float64], components: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same without a frame: of scores of any failure, shape (n,), and of the components, shape (n, components)."""
    nothing_fails = -np.logaddexp(0, components).sum(axis=1)
    return _mixed(whole, np.log(np.maximum(np.expm1(-nothing_fails), np.finfo(float).tiny)))


def blend_parts(parts: Mapping[str, NDArray[np.float64]], log_odds: pd.DataFrame) -> NDArray[np.float64]:
    """What the parts of each target's log-odds add to the blended log-odds of `any`, to first order.

    `parts` is of shape (rows, parts) for each target; `log_odds` has a column for each, not blended. A component's
    parts count by its share of the union's probability. Returns the shape of one target's parts.
    """
    components = [name for name in log_odds.columns if name != ANY]
    if not components:
        return parts[ANY]
    shares = union_shares(log_odds[components])
    union = sum((parts[name] * shares[[name]].to_numpy() for name in components), np.zeros(1))
    return _mixed(parts[ANY], union)


def union_shares(log_odds: pd.DataFrame) -> pd.DataFrame:
    """How fast the union's log-odds rise with each component's, same shape as `log_odds` (components only).

    The derivative of log-odds of 1 - product(1 - p) is p / union: about 1 for the one component in trouble.
    """
    probabilities = expit(log_odds)
    union = -np.expm1(np.log1p(-probabilities).sum(axis=1))
    return probabilities.div(np.maximum(union, np.finfo(float).tiny), axis=0)


def _mixed(whole: NDArray[np.float64], union: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((1 - UNION_SHARE) * whole + UNION_SHARE * union)
