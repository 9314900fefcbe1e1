"""Run in the page's Python: what a reader may expect to be there."""

import decimal
import doctest
import fractions
import inspect
import io
import random
import statistics
import sys
import unittest

import numpy as np
from experiments import zoo
from widgets import Boundary, stepper

import nnlib


def complete():
    assert sys.version_info[:2] == (3, 14) and np.__version__ == "2.4.3"
    assert np.dtype(np.intp).itemsize == 4
    assert np.linalg.svd(np.eye(3))[1].tolist() == [1, 1, 1]
    assert np.isfinite(np.fft.fft(np.ones(8))).all()
    np.testing.assert_allclose(np.ma.masked_array([1.0]), [1.0])
    assert np.polynomial.Polynomial([1, 2])(3) == 7
    assert np.random.default_rng(0).normal() == 0.1257302210933933
    assert statistics.mean([1, 3]) == 2 and random.Random(0).random() == 0.8444218515250481
    assert decimal.Decimal("0.1") + 0 == decimal.Decimal("0.1") and fractions.Fraction(1, 3).denominator == 3
    assert "ÿ".encode("latin-1") == b"\xff" and "é".encode("utf-16-le").decode("utf-16-le") == "é"
    np.savez(kept := io.BytesIO(), x=np.arange(3))
    assert np.load(io.BytesIO(kept.getvalue()))["x"].tolist() == [0, 1, 2]
    assert doctest.__doc__ is not None or unittest.TestCase
    # Sources and docstrings of the book's own, which a reader may read.
    assert "def vjp" in inspect.getsource(nnlib.Sigmoid) and nnlib.Dense.__doc__ and Boundary.__doc__
    assert np.dot.__doc__
    labels = np.array([0, 2, 1], dtype=np.int64)
    net = nnlib.Network(nnlib.Dense(2, 3), loss=nnlib.SoftmaxCrossEntropy())
    nnlib.check_gradient(net, np.eye(3, 2), labels)
    assert zoo.train_kit(zoo.FAMILIES["plain"]).accuracy > 0.8
    assert callable(stepper)
    return True
