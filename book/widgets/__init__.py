"""What moves in the book: figures that answer a slider.

A widget is Python, which makes it, and a script and a style sheet, which are files beside it. A cell's output holds
data only: the page loads each script once, from the book's static folder.
"""

from .circuit import circuit
from .clinic import clinic
from .digit_pad import digit_pad
from .exercise import attempt
from .explorer import (
    Boundary,
    Contours,
    Curves,
    Explorer,
    View,
    choice,
    log_slider,
    slider,
)
from .stepper import stepper

__all__ = [
    "Boundary",
    "Contours",
    "Curves",
    "Explorer",
    "View",
    "attempt",
    "choice",
    "circuit",
    "clinic",
    "digit_pad",
    "log_slider",
    "slider",
    "stepper",
]
