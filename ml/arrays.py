"""The one array type that figures, scores and labels share."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""An array of float64; docstrings say its shape."""
