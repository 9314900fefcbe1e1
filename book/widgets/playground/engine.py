"""A training that can be watched: what `nnlib.fit` does, a step at a time, and what the page draws of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np

import nnlib

from . import datasets
from .settings import Settings

TRAINING, VALIDATION = 320, 160  # points
MARGIN = 0.08  # of the picture, around the points
UNIT_SIDE = 20  # a unit's picture, in pixels

Frame = dict[str, Any]


class Engine:
    """The data, network and optimizer of these settings, before the first step.

    `history` has a row an epoch: loss and accuracy of the training set, then of the validation set, as
    `nnlib.History` records them. ValueError where nnlib cannot train so.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        make = getattr(datasets, settings.data)
        self.x, self.labels = make(np.random.default_rng(settings.seed), TRAINING + VALIDATION, settings.noise)
        self.net = settings.network()
        if settings.batch < self.net.min_rows:
            least = self.net.min_rows
            raise ValueError(
                f"Batch normalization needs batches of {least} points or more: it divides by their spread."
            )
        t = self.labels
        if settings.loss != "SoftmaxCrossEntropy":
            t = nnlib.one_hot(t, settings.classes)
        x, t = self.net.check(self.x, t, training=False)
        self.training = x[:TRAINING], t[:TRAINING]
        self.validation = x[TRAINING:], t[TRAINING:]
        self.optimizer = settings.make_optimizer()
        self.history: list[tuple[float, float, float, float]] = []
        self.steps = 0
        self.diverged = False
        self._statistics = [array.copy() for array in self.net.statistics()]
        self._walk = self._train()
        self._grid: tuple[int, np.ndarray] = 0, np.empty((0, 2))
        middle = (self.x.min(axis=0) + self.x.max(axis=0)) / 2
        half = abs(self.x - middle).max() * (1 + MARGIN)
        (x0, y0), (x1, y1) = (middle - half).tolist(), (middle + half).tolist()
        self.extent = x0, x1, y0, y1
        # Gradients to show before the first step; the network stays as it is.
        self.net.backpropagate(*(a[: settings.batch] for a in self.training))
        self.net.restore(self._statistics)

    def _train(self) -> Iterator[None]:
        """Step on each batch, epoch after epoch, in `nnlib.fit`'s order; ends where the training diverges."""
        rng = np.random.default_rng(self.settings.seed)
        while True:
            total, rows = 0.0, 0
            for x, t in nnlib.minibatches(*self.training, self.settings.batch, rng):
                loss = self.net.backpropagate(x, t)
                if not math.isfinite(loss):
                    break
                self.optimizer.step(self.net.theta, self.net.grad)
                self.steps += 1
                total += loss * len(x)
                rows += len(x)
                if rows < TRAINING:
                    yield
            measured = self._measure() if rows == TRAINING else [math.nan]
            if not (np.isfinite(measured).all() and np.isfinite(self.net.theta).all()):
                self.diverged = True
                self.net.restore(self._statistics)
                return
            accuracy, val_loss, val_accuracy = measured
            self.history.append((total / TRAINING, accuracy, val_loss, val_accuracy))
            yield

    def _measure(self) -> list[float]:
        """Accuracy on the training set, loss and accuracy on the validation set, as after an epoch of `nnlib.fit`."""
        outputs = [self.net.f(x, training=False) for x, _ in (self.training, self.validation)]
        if not all(np.isfinite(y).all() for y in outputs):
            return [math.nan]
        right = [
            np.count_nonzero(y.argmax(axis=1) == labels) / len(labels)
            for y, labels in zip(outputs, np.split(self.labels, [TRAINING]), strict=True)
        ]
        return [right[0], self.net.loss.f(outputs[1], self.validation[1])[0], right[1]]

    def step(self) -> None:
        # A diverging run is reported, not warned of.
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            next(self._walk, None)

    def advance(self, *, steps: int = 0, epochs: int = 0, milliseconds: float = 0) -> None:
        """Train for some steps, to the end of an epoch or the `epochs`-th from here, or for some time."""
        for _ in range(steps):
            self.step()
        goal = len(self.history) + epochs
        while len(self.history) < goal and not self.diverged:
            self.step()
        if milliseconds:
            end = perf_counter() + milliseconds / 1000
            while perf_counter() < end and not self.diverged:
                self.step()

    # ------------------------------------------------------------------------------------------- what is to be seen

    @property
    def dense(self) -> list[nnlib.Dense]:
        return [layer for layer in self.net.layers if isinstance(layer, nnlib.Dense)]

    def about(self) -> Frame:
        """What does not change while it trains."""
        starts = np.cumsum([0, *(layer.n_params for layer in self.net.layers)])
        places = [int(start) for start, layer in zip(starts, self.net.layers, strict=False) if layer in self.dense]
        return {
            "points": self.x.astype(np.float32),
            "labels": self.labels.astype(np.uint8),
            "training": TRAINING,
            "classes": self.settings.classes,
            "extent": self.extent,
            "shapes": [[layer.n_in, layer.n_out] for layer in self.dense],
            "places": places,
            "centers": self._centers(),
            "unitSide": UNIT_SIDE,
        }

    def grid(self, side: int) -> np.ndarray:
        """The points of the picture, row by row from the top, (side², 2); `side` is a multiple of UNIT_SIDE."""
        if self._grid[0] != side:
            x0, x1, y0, y1 = self.extent
            middles = (np.arange(side) + 0.5) / side
            x, y = np.meshgrid(x0 + (x1 - x0) * middles, y1 - (y1 - y0) * middles)
            self._grid = side, np.column_stack([x.ravel(), y.ravel()])
        return self._grid[1]

    def frame(self, side: int, *, known: int = 0, unit: int | None = None) -> Frame:
        """The state now: what the network answers on a grid, each unit's picture, θ, gradients, epochs after `known`.

        Units are counted through all layers, outputs last. `unit`: one whose values on the whole grid are wanted too.
        """
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return self._frame(side, known, unit)

    def _frame(self, side: int, known: int, unit: int | None) -> Frame:
        p = self.net.predict_proba(self.grid(side))  # (side², K)
        active = getattr(nnlib, self.settings.activation)
        hidden = [layer.y for layer in self.net.layers if isinstance(layer, active)][: len(self.settings.layers)]
        every = side // UNIT_SIDE
        middles = np.arange(side**2).reshape(side, side)[every // 2 :: every, every // 2 :: every].ravel()
        centers = self._centers()
        values = np.concatenate([layer.take(middles, axis=0) for layer in (*hidden, p)], axis=1) - centers
        scales = np.maximum(abs(values).max(axis=0), 1e-12)
        frame: Frame = {
            "epoch": len(self.history),
            "steps": self.steps,
            "diverged": self.diverged,
            "side": side,
            "chosen": unit,
            "known": known,
            "history": np.array(self.history[known:]).reshape(-1, 4),
            "units": np.nan_to_num(128 + 127 * values / scales, nan=128).T.astype(np.uint8, order="C"),
            "theta": self.net.theta.astype(np.float32),
            "gradients": np.array([math.sqrt(np.mean(layer.dW**2)) for layer in self.dense]),
            **self._answers(np.nan_to_num(p)),
        }
        if unit is not None:
            chosen = np.concatenate([*hidden, p], axis=1)[:, unit] - centers[unit]
            frame["unit"] = np.nan_to_num(chosen).astype(np.float32)
        return frame

    def _centers(self) -> np.ndarray:
        """What a unit's picture shows as neither: 0, or the middle between 0 and 1."""
        hidden = 0.5 if self.settings.activation == "Sigmoid" else 0.0
        return np.repeat([hidden, 0.5], [sum(self.settings.layers), self.settings.classes])

    def _answers(self, p: np.ndarray) -> Frame:
        """Of two classes how sure it is of the second, 0.5 where the boundary is; of more the first, and how sure."""
        if p.shape[1] == 2:
            return {"p": ((1 + p[:, 1] - p[:, 0]) / 2).astype(np.float32)}
        return {"p": p.max(axis=1).astype(np.float32), "winner": p.argmax(axis=1).astype(np.uint8)}
