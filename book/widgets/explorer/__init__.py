"""Explorer: a figure that answers a slider."""

from .controls import Control, choice, log_slider, slider
from .explorer import Explorer
from .views import Boundary, Contours, Curves, View

__all__ = [
    "Boundary",
    "Contours",
    "Control",
    "Curves",
    "Explorer",
    "View",
    "choice",
    "log_slider",
    "slider",
]
