"""The contestants. Each does what nnlib does, and shows it before it is timed.

A step is forward, backward and Adam. Whoever can be asked for loss and gradient is compared with nnlib on the
same weights and the same batch; JAX, whose Adam is written here, over some steps of training.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Any

import numpy as np

import nnlib

from .per_sample import PerSample
from .timing import Contestant
from .works import LR, Work

Steps = Callable[[int], None]  # does so many training steps

# One call of fit takes so many steps at least, to spread its fixed costs (checks, making the network) over them;
# an epoch has so many batches.
FIT_STEPS = 100
FIT_BATCHES = 20

# JAX is compared with nnlib over so many steps, at a rate at which each changes the loss.
CHECK_STEPS = 3
CHECK_LR = 1e-2


def contestants(work: Work, others: Collection[str] = ()) -> dict[str, Contestant]:
    """Everyone, by name; nnlib first. ``others``: "torch" and "jax", where they are installed and wanted."""
    everyone = {
        "nnlib": Contestant(nnlib_step(work)),
        "nnlib fit": Contestant(nnlib_fit(work), FIT_STEPS),
        "scikit-learn fit": Contestant(sklearn_fit(work), FIT_STEPS),
        "one row at a time": Contestant(per_sample(work)),
        "matmul floor": Contestant(matmul_floor(work)),
    }
    if "torch" in others:
        everyone["PyTorch, eager"] = Contestant(torch_step(work, fused=False))
        everyone["PyTorch, fused Adam"] = Contestant(torch_step(work, fused=True))
    if "jax" in others:
        everyone["JAX"] = jax_step(work)
        everyone["JAX, tuned"] = jax_step(work, tuned=True)
    return everyone


def fastest(work: Work, others: Collection[str] = ()) -> dict[str, Contestant]:
    """Those whose growth is measured: of each library, the fastest."""
    few = {"nnlib": Contestant(nnlib_step(work)), "matmul floor": Contestant(matmul_floor(work))}
    if "torch" in others:
        few["PyTorch, fused Adam"] = Contestant(torch_step(work, fused=True))
    if "jax" in others:
        few["JAX, tuned"] = jax_step(work, tuned=True)
    return few


def nnlib_step(work: Work) -> Steps:
    """The public way to take one step, checks of x and t included."""
    net, (x, t), optimizer = work.network(), work.data(), nnlib.Adam(LR)

    def steps(k: int) -> None:
        for _ in range(k):
            net.loss_and_grad(x, t)
            optimizer.step(net.theta, net.grad)

    return steps


def nnlib_fit(work: Work) -> Steps:
    """``nnlib.fit``: drawing the batches and measuring the accuracy after each epoch included."""
    net, (x, t), optimizer = work.network(), work.data(FIT_BATCHES), nnlib.Adam(LR)

    def steps(k: int) -> None:
        nnlib.fit(net, x, t, optimizer, epochs=_epochs(k), batch_size=work.rows)

    return steps


def _epochs(k: int) -> int:
    epochs, rest = divmod(k, FIT_BATCHES)
    if rest:
        raise ValueError(f"expected a multiple of {FIT_BATCHES} steps, got {k}")
    return epochs


def torch_step(work: Work, fused: bool) -> Steps:
    """PyTorch, eager, in float32; ``fused`` for Adam in one kernel."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(1)
    net, data = work.network(), work.data()
    modules: list[torch.nn.Module] = []
    for layer in net.layers:
        if isinstance(layer, nnlib.Dense):
            linear = torch.nn.Linear(layer.n_in, layer.n_out)
            linear.weight.data[...] = torch.from_numpy(layer.W.T)
            linear.bias.data[...] = torch.from_numpy(layer.b)
            modules.append(linear)
        elif isinstance(layer, nnlib.BatchNorm):
            norm = torch.nn.BatchNorm1d(layer.n, eps=layer.eps, momentum=1 - layer.momentum)
            norm.weight.data[...] = torch.from_numpy(layer.gamma)
            norm.bias.data[...] = torch.from_numpy(layer.beta)
            modules.append(norm)
        else:
            modules.append(getattr(torch.nn, type(layer).__name__)())
    model = torch.nn.Sequential(*modules)
    optimizer = torch.optim.Adam(model.parameters(), LR, **({"fused": True} if fused else {}))
    x, t = torch.from_numpy(data[0]).float(), torch.from_numpy(data[1])

    def step() -> torch.Tensor:
        optimizer.zero_grad(set_to_none=True)
        loss = cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    loss = float(step().detach())
    gradient = [p.grad.t().reshape(-1).numpy() for p in model.parameters()]
    same_work(work, "PyTorch", loss, np.concatenate(gradient))

    def steps(k: int) -> None:
        for _ in range(k):
            step()

    return steps


def jax_step(work: Work, tuned: bool = False) -> Contestant:
    """JAX, the whole step in one ``jit``.

    As its examples have it: a tree of arrays, and the whole result is waited for. ``tuned``: one vector of all
    parameters, as in nnlib, and the loss alone is waited for.
    """
    from .in_jax import Training

    training = Training(work, flat=tuned)
    training.start(CHECK_LR)
    same_training(work, training)
    training.start(LR)
    return Contestant(training.take, compile_s=training.compile_s)


def sklearn_fit(work: Work) -> Steps:
    """scikit-learn's ``MLPClassifier.fit``. It has no BatchNorm: where the work has, it is left out."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    x, t = work.data(FIT_BATCHES)

    def steps(k: int) -> None:
        model = MLPClassifier(
            hidden_layer_sizes=work.widths[1:-1],
            activation={"Sigmoid": "logistic", "ReLU": "relu"}[work.activation],
            solver="adam",
            alpha=0,
            batch_size=work.rows,
            learning_rate_init=LR,
            max_iter=_epochs(k),
            n_iter_no_change=k,
            early_stopping=False,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, t)
        if model.t_ != k * work.rows:
            raise AssertionError(f"scikit-learn saw {model.t_} rows, not {k * work.rows}")

    return steps


def per_sample(work: Work) -> Steps:
    """A loop over the rows in plain NumPy."""
    net, (x, t) = PerSample(work.network(), LR), work.data()
    same_work(work, "per sample", net.loss_and_grad(x, t), net.gradient())

    def steps(k: int) -> None:
        for _ in range(k):
            net.loss_and_grad(x, t)
            net.adam_step()

    return steps


def matmul_floor(work: Work) -> Steps:
    """The 3L − 1 matrix products of a step and nothing else, into arrays made beforehand."""
    rng = np.random.default_rng(3)

    def array(n: int, k: int) -> np.ndarray:
        return rng.normal(size=(n, k)).astype(work.dtype)

    h = [array(work.rows, width) for width in work.widths]
    g = [array(work.rows, width) for width in work.widths]
    W = [array(n_in, n_out) for n_in, n_out in pairwise(work.widths)]
    dW = [np.empty_like(w) for w in W]
    forward = [(h[i], W[i], h[i + 1]) for i in range(len(W))]
    backward = [(h[i].T, g[i + 1], dW[i]) for i in range(len(W))]
    backward += [(g[i + 1], W[i].T, g[i]) for i in range(1, len(W))]
    for w in W:
        w /= np.sqrt(max(w.shape))  # so that a product is no larger than its factor
    products = forward + backward

    def steps(k: int) -> None:
        for _ in range(k):
            for a, b, out in products:
                np.dot(a, b, out=out)

    return steps


def same_work(work: Work, who: str, loss: float, gradient: np.ndarray) -> None:
    """Stop unless loss and gradient are nnlib's, as far as float32 can tell."""
    net = work.network()
    expected = net.loss_and_grad(*work.data())
    same(f"{who}, loss of {work}", loss, expected)
    same(f"{who}, gradient of {work}", gradient, net.grad)


def same_training(work: Work, training: Any) -> None:
    """Stop unless JAX trains as nnlib does: loss, Adam's m and v after each of some large steps.

    m after the first is the gradient times 1 − β₁. The running statistics are compared after the first step only:
    then Adam has made full steps of rounding errors, where a bias before BatchNorm has the gradient 0.
    """
    net, data, adam = work.network(), work.data(), nnlib.Adam(CHECK_LR)
    for i in range(CHECK_STEPS):
        expected = net.loss_and_grad(*data)
        adam.step(net.theta, net.grad)
        training.take(1)
        m, v, statistics = training.vectors()
        same(f"JAX, loss {i} of {work}", training.loss, expected, 1e-3)
        same(f"JAX, m after step {i} of {work}", m, adam.m, 1e-3)
        same(f"JAX, v after step {i} of {work}", v, adam.squares, 1e-3)
        if i == 0 and net.statistics():
            running = np.concatenate(net.statistics())
            same(f"JAX, running statistics of {work}", statistics, running)


def same(what: str, values: Any, expected: Any, tolerance: float = 1e-4) -> None:
    """Stop unless the largest difference is small beside the largest value."""
    error = np.abs(np.asarray(values) - expected).max() / np.abs(expected).max()
    if not error < tolerance:
        raise AssertionError(f"not nnlib's work: {what}: relative error {error:.1e}")
