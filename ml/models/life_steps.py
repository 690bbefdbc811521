"""The steps that remaining lives are told in: a window's end between two of them would be finer than anybody can tell.

Ends are laid outward, to whole steps from the night on. What a table is made from must know that, or its windows would
hold more than they state: so it is made of `last_start` and `first_end`, which say up to where an end may lie before
`down` or `up` for a life to be inside after it. A step of 0 lays nothing.
"""

import numpy as np

from ml.arrays import Floats

TOUCH = 1e-9  # of a step: so near to a whole one is on it, whatever the division left
SHORT = 1e-6  # of a step, by which a start falls short of the next one


def down(hours: Floats, step: float) -> Floats:
    """The last whole step up to these hours, shape (n,)."""
    return np.floor(hours / step + TOUCH) * step if step else hours


def up(hours: Floats, step: float) -> Floats:
    """The first whole step from these hours on, shape (n,)."""
    return np.ceil(hours / step - TOUCH) * step if step else hours


def last_start(life: Floats, step: float) -> Floats:
    """The last hours that `down` lays no later than the life: just short of the step after it; shape (n,)."""
    return down(life, step) + (1 - SHORT) * step


def first_end(life: Floats, step: float) -> Floats:
    """The first hours that `up` lays no sooner than the life: just beyond the step before it; shape (n,)."""
    return up(life, step) - (1 - SHORT) * step
