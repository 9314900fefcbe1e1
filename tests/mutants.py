"""A test of the tests: break nnlib in many small ways, and see that the unit tests notice each.

    python tests/mutants.py            all of MUTANTS, two at a time
    python tests/mutants.py Adam L1    those whose module, scope or name contains one of the words

A mutant is one textual change inside one function or class of nnlib; its text must stand there exactly once. Each is
applied to a copy of the package, and the unit tests run on that copy: first the file that should notice, then the rest.
Exit status 1 where fewer than 95 % are killed, a mutant no longer applies, or a survivor is not explained in SURVIVORS.
"""

from __future__ import annotations

import ast
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the notebooks' and the browser's take longer to load than most tests
    "PYTHONDONTWRITEBYTECODE": "1",
}

# Loaded here once: every mutant runs in a fork of this process.
import hypothesis.strategies  # noqa: F401
import numpy as np  # noqa: F401
import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAST_KILLED = 0.95
PROCESSES = 2
TIME_LIMIT = 600  # seconds

# The test files that should notice a change in a module, most telling first.
NOTICED_BY = {
    "activations": ["layers", "numerics"],
    "derivatives": ["derivatives"],
    "initializers": ["initializers"],
    "layers": ["layers", "numerics"],
    "losses": ["losses"],
    "network": ["network"],
    "optimizers": ["optimizers"],
    "penalties": ["penalties"],
    "training": ["training"],
    "_validate": ["errors"],
}
EVERY_FILE = [
    "layers", "losses", "optimizers", "numerics", "penalties", "initializers", "derivatives", "base_classes", "errors",
    "training", "network",
]  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """In nnlib/{module}.py, inside ``scope`` (Class, Class.method or function), ``old`` becomes ``new``."""

    module: str
    scope: str
    old: str
    new: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.scope}: {self.name}"


def mutants(module: str, scope: str, *changes: tuple[str, str, str]) -> list[Mutant]:
    return [Mutant(module, scope, old, new, name) for old, new, name in changes]


MUTANTS = [
    # layers: Dense
    *mutants(
        "layers",
        "Dense.forward",
        ("x.dot(self._W)", "x.dot(abs(self._W))", "forward without the sign of W"),
        ("y += self._b", "y -= self._b", "bias subtracted"),
        ("y += self._b", "y += 0 * self._b", "bias forgotten"),
    ),
    *mutants(
        "layers",
        "Dense.backward",
        ("g.dot(self._W.T)", "-g.dot(self._W.T)", "sign of dL/dx"),
        ("g.dot(self._W.T)", "g.dot(self._W.T) / len(g)", "a second 1/N in dL/dx"),
        ("self._write_gradients(g)", "pass", "backward does not write dW, db"),
    ),
    *mutants(
        "layers",
        "Dense._write_gradients",
        ("self._x.T.dot(g, out=self._dW)", "self._dW += np.dot(self._x.T, g)", "dW accumulated"),
        (
            "self._x.T.dot(g, out=self._dW)",
            "self._dW[...] = np.dot(g.T, self._x).reshape(self._dW.shape)",
            "dW transposed",
        ),
        ("self._x.T.dot(g, out=self._dW)", "self._dW[...] = np.dot(self._x.T, g) / len(g)", "a second 1/N in dW"),
        (
            "self._x.T.dot(g, out=self._dW)",
            "np.dot(self._x[:1].T, g[:1], out=self._dW)",
            "dW from the first sample",
        ),
        ("_column_sums(g, out=self._db)", "self._db[...] = g.sum()", "db summed over both axes (article E, E2)"),
        ("_column_sums(g, out=self._db)", "self._db[...] = g.mean(axis=0)", "db a mean"),
        ("_column_sums(g, out=self._db)", "self._db += g.sum(axis=0)", "db accumulated"),
        ("_column_sums(g, out=self._db)", "pass", "db not written"),
    ),
    *mutants(
        "layers",
        "Dense._fill",
        ("self._b[...] = 0", "self._b[...] = 0.01", "biases do not start at 0"),
        ("self._W[...] = W", "self._W[...] = abs(W)", "initial weights lose their sign"),
    ),
    *mutants("layers", "Dense.__init__", ("self.bias = bool(bias)", "self.bias = True", "bias=False ignored")),
    # layers: BatchNorm
    *mutants(
        "layers",
        "BatchNorm._fill",
        ("self._gamma[...] = 1", "self._gamma[...] = 0", "gamma starts at 0"),
        ("np.ones(self.n", "np.zeros(self.n", "running variance starts at 0"),
    ),
    *mutants(
        "layers",
        "BatchNorm.forward",
        ("mean /= len(x)", "mean /= len(x) - 1", "mean over N − 1"),
        ("var /= len(x)", "var /= len(x) - 1", "unbiased variance"),
        ("running *= self.momentum", "running *= 1 - self.momentum", "momentum weighs the new value (decay)"),
        ("(1 - self.momentum) * batch", "self.momentum * batch", "momentum weighs the new value (gain)"),
        ("(self.running_var, var)", "(self.running_var, var * len(x) / (len(x) - 1))", "running variance unbiased"),
        ("np.sqrt(var + self.eps)", "(np.sqrt(var) + self.eps)", "eps outside the root"),
        ("np.sqrt(var + self.eps)", "np.sqrt(var)", "eps forgotten"),
        ("np.sqrt(var + self.eps)", "(var + self.eps)", "root forgotten"),
        ("centered = x - self.running_mean", "centered = x - x.mean(axis=0)", "evaluation centres by the batch"),
        ("var = self.running_var", "var = x.var(axis=0)", "evaluation scales by the batch"),
        ("self._batch_statistics = training", "self._batch_statistics = True", "backward always that of training"),
        ("self._batch_statistics = training", "self._batch_statistics = False", "backward always that of evaluation"),
        ("y += self._beta", "y -= self._beta", "sign of beta"),
        ("y = self._x_hat * self._gamma", "y = self._x_hat * 1", "gamma forgotten"),
        ("if len(x) < 2:", "if len(x) < 1:", "one row is taken in training"),
        ("if training:", "if training or len(x) > 1:", "evaluation of many rows trains"),
        ("y = self._x_hat * self._gamma", "y = centered; y *= self._gamma", "x̂ overwritten by y"),
    ),
    *mutants(
        "layers",
        "BatchNorm.backward",
        ("g * self._x_hat, out=self._dgamma", "g, out=self._dgamma", "dgamma without x̂"),
        ("_column_sums(g, out=self._dbeta)", "self._dbeta[...] = g.mean(axis=0)", "dbeta a mean"),
        ("self._dgamma / -len(g)", "self._dgamma / len(g)", "sign of the variance's term"),
        ("self._dgamma / -len(g)", "0 * self._dgamma", "the variance's term dropped"),
        ("self._dgamma / -len(g)", "-self._dgamma", "the variance's term without 1/N"),
        ("dx -= self._dbeta / len(g)", "dx += self._dbeta / len(g)", "sign of the mean's term"),
        ("dx -= self._dbeta / len(g)", "pass", "the mean's term dropped"),
        ("dx -= self._dbeta / len(g)", "dx -= self._dbeta", "the mean's term without 1/N"),
        ("dx += g", "pass", "the direct term dropped"),
        ("scale = self._gamma * self._inverse_std", "scale = self._inverse_std", "gamma forgotten"),
        ("scale = self._gamma * self._inverse_std", "scale = self._gamma", "1/√(σ² + ε) forgotten"),
        ("return g * scale", "return g * 1.0", "evaluation without its slope"),
    ),
    # layers: Layer
    *mutants(
        "layers",
        "Layer._incoming",
        ("if g.shape != shape:", "if g.size != math.prod(shape):", "g of another shape, same size"),
        ("if like is None:", "if False:", "backward before forward"),
    ),
    *mutants("layers", "Layer._attach", ("grad[start:stop]", "grad[start:stop].copy()", "gradients are no views")),
    # activations
    *mutants("activations", "Identity._value", ("x.copy()", "x", "Identity returns its argument")),
    *mutants("activations", "Identity._product", ("g.copy()", "g", "Identity passes g on, not a copy")),
    *mutants(
        "activations",
        "Sigmoid._value",
        ("np.exp(np.minimum(x, 40))", "np.exp(x)", "overflow above 709"),
        ("np.minimum(x, 40)", "np.minimum(x, 20)", "never nearer to 1 than 2e-9"),
        ("y /= 1 + y", "y = 1 - 1 / (1 + y)", "no digits left in the negative tail"),
        ("y /= 1 + y", "y = 0.5 * (1 + np.tanh(x / 2))", "½(1 + tanh x/2)"),
    ),
    *mutants(
        "activations",
        "Sigmoid._product",
        ("dx = 1 - y", "dx = 1 + y", "y(1 + y)"),
        ("dx *= y", "pass", "slope 1 − y"),
        ("dx *= g", "pass", "g forgotten"),
    ),
    *mutants(
        "activations",
        "Tanh._product",
        ("dx = y * y", "dx = y * 1", "slope 1 − y"),
        ("np.subtract(1, dx, out=dx)", "np.add(1, dx, out=dx)", "slope 1 + y²"),
    ),
    *mutants(
        "activations",
        "ReLU",
        ("g * (y > 0)", "g * (y >= 0)", "slope 1 at and below the kink"),
        ("np.maximum(x, 0)", "np.minimum(x, 0)", "the other half"),
    ),
    *mutants(
        "activations",
        "LeakyReLU",
        ("y > 0, 1, self.alpha", "y >= 0, 1, self.alpha", "slope 1 at the kink"),
        ("self.alpha <= 1", "self.alpha <= 2", "max(x, αx) for α > 1 (article A, A8)"),
        ("y > 0, 1, self.alpha", "y > 0, 1, 0", "slope 0 below 0"),
        ("alpha: float = 0.01", "alpha: float = 0.1", "another default"),
    ),
    *mutants(
        "activations",
        "ELU",
        ("y + self.alpha", "self.alpha", "slope α below 0"),
        ("y + self.alpha", "y + 1", "slope y + 1, right for α = 1 only"),
        ("y + self.alpha", "0 * y", "slope 0 below 0 (article A, A2)"),
        ("y + self.alpha", "-y - self.alpha", "slope of the wrong sign (article D, D17)"),
        ("np.expm1(np.minimum(x, 0))", "np.exp(np.minimum(x, 0)) - 1", "exp − 1 for expm1 (article A, A17)"),
        ("np.expm1(np.minimum(x, 0))", "np.expm1(np.minimum(x, 700))", "overflow or doubling above 0"),
        ("y *= self.alpha", "pass", "α forgotten in the value"),
        ("y > 0, 1", "y >= 0, 1", "slope 1 at the kink"),
    ),
    *mutants(
        "activations",
        "Softmax._value",
        ("np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(x)", "overflow"),
        ("x.max(axis=1, keepdims=True)", "x.max(axis=0, keepdims=True)", "maximum over the wrong axis"),
        ("y.sum(axis=1, keepdims=True)", "y.sum(axis=0, keepdims=True)", "sum over the wrong axis"),
        ("x.max(axis=1, keepdims=True)", "np.clip(x.max(), -50, 50)", "a clipped shift (article A, A9)"),
    ),
    *mutants(
        "activations",
        "Softmax._product",
        ("g - (g * y).sum(axis=1, keepdims=True)", "g * (1 - y)", "only the diagonal (article D, D2)"),
        ("g - (g * y)", "g + (g * y)", "sign of the row's mean"),
        ("dx *= y", "pass", "y forgotten"),
    ),
    # losses
    *mutants(
        "losses",
        "SquaredError",
        ("(2 * len(y))", "len(y)", "½ forgotten in the value"),
        ("g /= len(y)", "pass", "1/N forgotten in the gradient (article E, E1)"),
        ("g /= len(y)", "g /= y.size", "1/(NK) in the gradient"),
        ("g = y - t", "g = t - y", "sign of the gradient"),
    ),
    *mutants(
        "losses",
        "MSE",
        ("/ y.size\n        g", "/ len(y)\n        g", "mean over samples only"),
        ("g *= 2 / y.size", "g *= 1 / y.size", "2 forgotten"),
        ("g *= 2 / y.size", "g *= 2 / len(y)", "1/K forgotten in the gradient"),
    ),
    *mutants(
        "losses",
        "BinaryCrossEntropy",
        ("(1 - t) / q - t / p", "(1 - t) / q + t / p", "sign of t/p"),
        ("np.vdot(1 - t, np.log(q))", "0", "the second half forgotten in the value"),
        ("np.maximum(1 - y, tiny)", "1 - y", "1 − p not bounded"),
        ("np.maximum(y, tiny)", "np.maximum(y, 1e-15)", "bound of 1e-15 (article D, D4)"),
        ("np.finfo(y.dtype).tiny", "np.finfo(float).tiny", "float64's bound for float32"),
        ("- t / p) / y.size", "- t / p) / len(y)", "1/K forgotten in the gradient"),
        ("t.min() >= 0 and t.max() <= 1", "t.max() <= 1", "negative targets are taken"),
    ),
    *mutants(
        "losses",
        "_ClassLoss",
        ("abs(sums - 1).max() <= 1e-5", "abs(sums - 1).min() <= 1e-5", "one row that sums to 1 will do"),
        ("t.min() >= 0 and ", "", "negative probabilities are taken"),
        ("t.sum(axis=1)", "t.sum(axis=0)", "sums over the wrong axis"),
    ),
    *mutants(
        "losses",
        "CrossEntropy",
        ("np.finfo(y.dtype).tiny", "1e-15", "bound of 1e-15 (article D, D4)"),
        ("-1 / (len(y) * p_label)", "1 / (len(y) * p_label)", "sign, labels"),
        ("-1 / (len(y) * p_label)", "-1 / p_label", "1/N forgotten in the gradient, labels"),
        ("-float(np.log(p_label).sum()) / len(y)", "-float(np.log(p_label).sum())", "a sum called a mean, labels"),
        ("t / (p * -len(y))", "t / (p * len(y))", "sign, rows"),
        ("t / (p * -len(y))", "t / -p", "1/N forgotten in the gradient, rows"),
        ("-float(np.vdot(t, np.log(p))) / len(y)", "-float(np.vdot(t, np.log(p))) / y.size", "1/(NK), rows"),
    ),
    *mutants(
        "losses",
        "SoftmaxCrossEntropy",
        ("z -= z.max(axis=0)", "pass", "maximum not subtracted"),
        ("z -= z.max(axis=0)", "z -= z.max()", "one maximum for all rows"),
        ("z -= z.max(axis=0)", "z -= 700", "a fixed shift (article D, D18)"),
        ("- z.take(at_label)", "+ z.take(at_label)", "sign in the value, labels"),
        ("- 1 / n)", "+ 1 / n)", "sign of t, labels (article A, A1)"),
        ("- 1 / n)", "- 1)", "1/N forgotten for t, labels"),
        ("g /= sums * n", "g /= sums", "1/N forgotten for p, labels"),
        ("g -= t.T", "g += t.T", "sign of t, rows"),
        ("g /= n\n", "pass\n", "1/N forgotten, rows"),
        ("- np.vdot(t, z.T)", "- np.vdot(t, y)", "the shift counted twice, rows"),
        ("float(value) / n, g", "float(value), g", "a sum called a mean"),
        ("g *= mass / sums", "g /= sums", "rows whose sum is rounded"),
    ),
    *mutants(
        "losses",
        "log_softmax",
        ("z - z.max(axis=-1, keepdims=True)", "z * 1.0", "maximum not subtracted"),
        ("sum(axis=-1, keepdims=True)", "sum(axis=0, keepdims=True)", "sum over the wrong axis"),
    ),
    # penalties
    *mutants(
        "penalties",
        "L1",
        ("np.sign(w)", "np.where(w >= 0, 1, -1)", "slope λ at 0"),
        ("np.abs(w).sum()", "w.sum()", "absolute value forgotten"),
    ),
    *mutants(
        "penalties",
        "L2",
        ("(2 * self.lam)", "self.lam", "2 forgotten in the gradient"),
        ("self.lam * float(np.vdot(w, w))", "0.5 * self.lam * float(np.vdot(w, w))", "½ in the value"),
        ("self.lam * float(np.vdot(w, w))", "self.lam * float(np.sqrt(np.vdot(w, w)))", "a root in the value"),
    ),
    *mutants("penalties", "l0", ("np.count_nonzero(theta)", "np.sum(theta > 0)", "negative entries not counted")),
    # initializers
    *mutants("initializers", "uniform_fan_in", ("shape[0]", "shape[1]", "fan-out (article B, B17)")),
    *mutants("initializers", "uniform_fan_in", ("1 / math.sqrt(shape[0])", "1 / shape[0]", "root forgotten")),
    *mutants("initializers", "glorot", ("6 / (shape[0] + shape[1])", "6 / (2 * shape[0])", "fan-in twice")),
    *mutants("initializers", "glorot", ("math.sqrt(6 /", "math.sqrt(3 /", "half the variance")),
    *mutants("initializers", "he", ("shape[0]", "shape[1]", "fan-out")),
    *mutants("initializers", "he", ("math.sqrt(2 / shape[0])", "2 / shape[0]", "variance for standard deviation")),
    # network
    *mutants(
        "network",
        "Network.loss_and_grad",
        ("training=True", "training=False", "trained in evaluation mode"),
        ("self.layers[:0:-1]", "self.layers[:1:-1]", "the second layer skipped"),
        ("value += self.penalty(w)", "pass", "penalty not in the value (article A, A12)"),
        ("gradient += self.penalty.gradient(w)", "pass", "penalty not in the gradient"),
        ("gradient += self.penalty.gradient(w)", "gradient -= self.penalty.gradient(w)", "sign of the penalty"),
        ("in layer.weights", "in layer.parameters", "biases, gamma, beta penalized"),
    ),
    *mutants(
        "network",
        "Network._check",
        (
            "return x, self.loss.check_targets(t, (len(x), width), self.dtype)",
            "return x, t",
            "targets not checked first",
        ),
    ),
    *mutants("network", "Network._attach_layers", ("start = stop", "start = 0", "layers share their parameters")),
    *mutants("network", "Network.__setstate__", ("self._attach_layers()", "pass", "copies lose the views")),
    *mutants("network", "Network.forward", (", training)", ", True)", "forward always trains")),
    *mutants(
        "network",
        "Network.predict_proba",
        ("np.exp(log_softmax(y))", "log_softmax(y)", "log-probabilities"),
    ),
    *mutants(
        "network",
        "labels_of",
        ("p[:, 0] > 0.5", "p[:, 0] >= 0.5", "½ counts as class 1"),
        ("argmax(axis=1)", "argmax(axis=0)", "argmax over the wrong axis"),
        ("p.shape[1] == 1", "p.shape[1] == 2", "two outputs read as one"),
    ),
    *mutants(
        "network",
        "Network._named_arrays",
        ("(*layer.parameters, *layer.statistics)", "layer.parameters", "running statistics not saved"),
    ),
    *mutants(
        "network",
        "Network.load",
        ("got.shape != array.shape or ", "", "arrays that broadcast are loaded"),
        ("array[...] = fitting[name]", "pass", "nothing is loaded"),
        ("found[name].astype(self.dtype)", "found[name]", "numbers too large for float32 are loaded"),
    ),
    *mutants("network", "Network.__init__", ("layer.n_in != self.n_out", "False", "widths need not chain")),
    # optimizers
    *mutants(
        "optimizers",
        "Optimizer.step",
        ("grad.shape != theta.shape", "grad.size != theta.size", "grad of another shape"),
    ),
    *mutants("optimizers", "Optimizer.step", ("self._shape != theta.shape", "False", "θ of another shape")),
    *mutants(
        "optimizers",
        "SGD._update",
        ("theta -= scratch", "theta += scratch", "ascent"),
        ("direction *= self.momentum", "pass", "momentum 1"),
        ("direction += grad", "direction += (1 - self.momentum) * grad", "a mean, not a sum, of gradients"),
        ("np.multiply(direction, self.lr", "np.multiply(grad, self.lr", "momentum without effect"),
    ),
    *mutants(
        "optimizers",
        "Nesterov._update",
        ("scratch += grad", "pass", "g forgotten"),
        (
            "np.multiply(self._velocity, self.momentum, out=scratch)",
            "np.multiply(self._velocity, 1, out=scratch)",
            "g + v",
        ),
        ("scratch += grad\n        scratch *= self.lr", "scratch *= self.lr\n        scratch += grad", "g without lr"),
        ("self._velocity += grad", "self._velocity -= grad", "sign of the velocity"),
    ),
    *mutants(
        "optimizers",
        "AdaGrad._update",
        ("self._squares += scratch", "self._squares[...] = scratch", "no memory"),
        ("np.sqrt(self._squares, out=scratch)", "np.copyto(scratch, self._squares)", "root forgotten"),
        ("scratch += self.eps", "pass", "eps forgotten"),
        (
            "np.sqrt(self._squares, out=scratch)\n        scratch += self.eps",
            "np.add(self._squares, self.eps, out=scratch)\n        np.sqrt(scratch, out=scratch)",
            "eps inside the root (article D)",
        ),
    ),
    *mutants(
        "optimizers",
        "RMSProp._update",
        ("scratch *= 1 - self.rho", "pass", "1 − ρ forgotten"),
        ("scratch *= 1 - self.rho", "scratch *= self.rho", "ρ weighs the new value (gain)"),
        ("self._squares *= self.rho", "self._squares *= 1 - self.rho", "ρ weighs the new value (decay)"),
        (
            "np.sqrt(self._squares, out=scratch)\n        scratch += self.eps",
            "np.add(self._squares, self.eps, out=scratch)\n        np.sqrt(scratch, out=scratch)",
            "eps inside the root (article D)",
        ),
    ),
    *mutants(
        "optimizers",
        "Adam",
        ("1 - self.beta1**self._steps", "1 - self.beta1", "1 − β₁ for 1 − β₁ˢ (article D, D7)"),
        ("1 - self.beta2**self._steps", "1 - self.beta2", "1 − β₂ for 1 − β₂ˢ (article D, D7)"),
        ("self._steps = 0", "self._steps = 1", "steps counted from 2"),
        ("self._steps += 1", "self._steps += 2", "every second step counted"),
        ("np.multiply(grad, 1 - self.beta1", "np.multiply(grad, 1 - self.beta2", "β₂ for β₁"),
        ("self._m *= self.beta1", "self._m *= self.beta2", "β₂ for β₁ in the decay"),
        ("self._v *= self.beta2", "self._v *= self.beta1", "β₁ for β₂ in the decay"),
        ("scratch += c * self.eps", "pass", "eps forgotten"),
        ("scratch += c * self.eps", "scratch += self.eps", "eps beside √v, not beside √v̂"),
        ("self.lr * c /", "self.lr /", "v not corrected"),
        ("np.multiply(grad, grad, out=scratch)", "np.abs(grad, out=scratch)", "|g| for g²"),
        ("theta -= scratch", "theta += scratch", "ascent"),
    ),
    # training
    *mutants(
        "training",
        "_batches",
        ("rng.permutation(n)", "np.arange(n)", "not shuffled (article B, B18)"),
        ("rng.permutation(n)", "rng.integers(0, n, n)", "drawn with replacement"),
        ("n - stop < smallest", "n - stop <= smallest", "a batch of `smallest` rows joins the one before"),
        ("n - stop < smallest", "n - stop < 0", "one row is left alone"),
        ("t.take(rows, axis=0)", "t[start:stop]", "targets not shuffled with x"),
        ("start = stop", "start = stop + 1", "a row lost after each batch"),
    ),
    *mutants(
        "training",
        "fit",
        ("total += loss * len(batch_x)", "total += loss * batch_size", "batches weighted alike"),
        ("total / len(x)", "total", "a sum called a mean"),
        ("if not math.isfinite(loss):", "if math.isnan(loss):", "an infinite loss goes on"),
        ("history.diverged = True", "pass", "divergence not reported"),
        ("smallest = 2 if", "smallest = 1 if", "BatchNorm meets a single row"),
        ("min(batch_size, len(x)) < smallest", "batch_size < smallest", "BatchNorm with one sample"),
        ("on_epoch(epoch, net, history)", "on_epoch(epoch + 1, net, history)", "epochs counted from 1"),
    ),
    *mutants(
        "training",
        "_evaluate",
        ("training=False", "training=True", "evaluated in training mode (article D, D14)"),
        ("* len(y)", "* rows", "batches weighted alike"),
        ("right / len(x)", "right / rows", "share of the wrong whole"),
    ),
    *mutants("training", "_classes", ("(t.sum(axis=1) == 1).all()", "True", "rows of any ones and zeros are classes")),
    *mutants("training", "_checked", ("~np.isfinite(array)", "np.isnan(array)", "infinities are taken")),
    *mutants("training", "accuracy", ("predicted == labels", "predicted != labels", "the error rate")),
    # derivatives
    *mutants(
        "derivatives",
        "jacobian",
        ("layer = copy.deepcopy(layer)", "pass", "running statistics moved"),
        ("g.flat[i] = 0", "pass", "basis vectors pile up"),
        ("layer.forward(x, training)", "layer.forward(x)", "training flag ignored"),
        ("return np.array(rows)", "return np.array(rows).T", "transposed"),
    ),
    *mutants(
        "derivatives",
        "numerical_jacobian",
        ("below.flat[j] -= h", "pass", "one-sided difference"),
        ("/ step", "/ (2 * h)", "the step's rounding ignored"),
        ("return np.array(columns).T", "return np.array(columns)", "transposed"),
    ),
    *mutants(
        "derivatives",
        "_relative_error",
        ("max(abs(analytic).max(), abs(numeric).max())", "abs(analytic).max()", "over |a| alone"),
        ("max(abs(analytic).max(), abs(numeric).max())", "abs(numeric).max()", "over |n| alone"),
        ("abs(analytic - numeric).max()", "abs(analytic - numeric).mean()", "mean for maximum"),
        ("return np.nan", "return 0.0", "NaN passes"),
    ),
    *mutants(
        "derivatives",
        "check_gradient",
        ("net, exact = copy.deepcopy(net), copy.deepcopy(net)", "exact = copy.deepcopy(net)", "the network is changed"),
    ),
    *mutants("derivatives", "check", ("not error <= tol", "error > tol", "NaN passes")),
    *mutants("derivatives", "check", ("a.shape != n.shape", "a.size != n.size", "shapes may differ")),
    # checks of the input
    *mutants(
        "_validate",
        "labels",
        (">= k", "> k", "label K is taken"),
        ("array.view(np.uint64)", "array", "label −1 is taken"),
        ('array.dtype.kind not in "iu"', 'array.dtype.kind not in "iuf"', "float labels are taken"),
    ),
    *mutants(
        "_validate",
        "batch",
        ("array.ndim != 2 or ", "", "x need not be 2-D"),
        ("len(array) == 0", "False", "an empty batch is taken"),
    ),
    *mutants("_validate", "positive", ("0 < result", "0 <= result", "lr = 0 is taken")),
    *mutants("_validate", "non_negative", ("0 <= result", "0 < result", "λ = 0 is refused")),
    *mutants("_validate", "decay", ("result < 1", "result <= 1", "momentum 1 is taken")),
    *mutants("_validate", "count", ("value < 1", "value < 0", "0 epochs are taken")),
]

# Mutants that no test can or need notice, and why.
SURVIVORS: dict[str, str] = {}


def scoped(source: str, scope: str) -> tuple[int, int]:
    """Where the source of a function or class (``Class.method`` for one inside another) starts and ends."""
    nodes: list[ast.stmt] = ast.parse(source).body
    for name in scope.split("."):
        found = [n for n in nodes if isinstance(n, ast.ClassDef | ast.FunctionDef) and n.name == name]
        node = found[-1]  # of a property and its setter, the last
        nodes = node.body
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts[node.lineno - 1], starts[node.end_lineno or node.lineno]


def mutate(source: str, mutant: Mutant) -> str | None:
    """The changed source; None where the text does not stand exactly once in its scope."""
    try:
        start, stop = scoped(source, mutant.scope)
    except IndexError:
        return None
    inside = source[start:stop]
    if inside.count(mutant.old) != 1:
        return None
    return source[:start] + inside.replace(mutant.old, mutant.new) + source[stop:]


def snapshot(place: Path) -> None:
    """Copy what the unit tests need."""
    ignore = shutil.ignore_patterns("__pycache__", ".*cache", "test_explore.py")
    for part in ("nnlib", "tests/nnlib", "tests/fixtures"):
        shutil.copytree(ROOT / part, place / part, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", place)


def changed(original: Path, mutant: Mutant) -> Path:
    """A copy of the original beside it, with the mutant applied."""
    place = Path(tempfile.mkdtemp(dir=original.parent))
    shutil.copytree(original, place, dirs_exist_ok=True)
    path = place / "nnlib" / f"{mutant.module}.py"
    source = mutate(path.read_text(encoding="utf-8"), mutant)
    assert source is not None, f"{mutant} does not apply"
    path.write_text(source, encoding="utf-8")
    return place


def tests_pass(place: Path, names: list[str]) -> bool:
    """Run test files in this process, which must not have imported nnlib yet."""
    files = [f"tests/nnlib/test_{name}.py" for name in names]
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files]) == 0


def in_child(place: Path, names: list[str]) -> int:
    """Fork; the child runs test files in this place, and exits with 0 if all pass."""
    child = os.fork()
    if child:
        return child
    status = 2
    try:
        os.chdir(place)
        sys.path.insert(0, str(place))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        signal.alarm(TIME_LIMIT)  # an endless loop is a mutant noticed
        status = 0 if tests_pass(place, names) else 1
    finally:
        os._exit(status)


def survivors(chosen: list[Mutant], original: Path) -> list[Mutant]:
    """Run the unit tests on each mutant, PROCESSES at a time, and return those that pass them all."""
    alive = []
    waiting: list[tuple[Mutant, Path | None]] = [(mutant, None) for mutant in reversed(chosen)]
    running: dict[int, tuple[Mutant, Path, bool]] = {}
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            mutant, place = waiting.pop()
            first = NOTICED_BY[mutant.module]
            if place is None:
                place = changed(original, mutant)
                running[in_child(place, first)] = mutant, place, True
            else:
                rest = [name for name in EVERY_FILE if name not in first]
                running[in_child(place, rest)] = mutant, place, False
        child, status = os.wait()
        mutant, place, is_first = running.pop(child)
        if status == 0 and is_first:
            waiting.append((mutant, place))
            continue
        if status == 0:
            alive.append(mutant)
        print(f"{'SURVIVED' if status == 0 else 'killed  '}  {mutant}", flush=True)
        shutil.rmtree(place)
    return alive


def main(words: list[str]) -> int:
    started = time.monotonic()
    chosen = [m for m in MUTANTS if not words or any(word in str(m) for word in words)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as parent:
        original = Path(parent) / "original"
        snapshot(original)
        sources = {path.stem: path.read_text(encoding="utf-8") for path in (original / "nnlib").glob("*.py")}
        lost = [m for m in chosen if mutate(sources[m.module], m) is None]
        for mutant in lost:
            print(f"LOST      {mutant}: its text does not stand exactly once in its scope")
        chosen = [m for m in chosen if m not in lost]
        if os.waitpid(in_child(original, EVERY_FILE), 0)[1] != 0:
            print("The unit tests fail as it is: mend that first.")
            return 1
        alive = survivors(chosen, original)

    print()
    for mutant in alive:
        print(f"survivor: {mutant}\n          {SURVIVORS.get(str(mutant), 'NOT EXPLAINED')}")
    killed = len(chosen) - len(alive)
    share = killed / len(chosen) if chosen else 0.0
    seconds = time.monotonic() - started
    print(f"{killed} of {len(chosen)} mutants killed ({share:.1%}), {len(lost)} lost, in {seconds:.0f} s")
    unexplained = [m for m in alive if str(m) not in SURVIVORS]
    return int(share < LEAST_KILLED or bool(lost) or bool(unexplained))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
