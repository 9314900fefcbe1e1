"""scikit-learn's digits on their first two principal components, for datasets.py to read: the page has no scikit-learn.

`python -m widgets.playground.projection`, from book/, stores them anew.
"""

import numpy as np
from sklearn.datasets import load_digits

from .datasets import FILE


def projected():
    """scikit-learn's 1797 digits on their first two principal components."""
    images, labels = load_digits(return_X_y=True)
    centered = images - images.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    axes *= np.sign(axes.sum(axis=1, keepdims=True))  # an axis has no sign of its own
    return np.round(centered @ axes.T / 10, 2), labels


if __name__ == "__main__":
    x, labels = projected()
    np.save(FILE, np.rint(np.column_stack([100 * x, labels])).astype(np.int16))
