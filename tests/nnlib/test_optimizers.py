"""Every optimizer: its first steps worked by hand, a hundred against PyTorch's.

A new optimizer is a new row of OPTIMIZERS.
"""

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

import nnlib
from nnlib import SGD, AdaGrad, Adam, Nesterov, RMSProp

PYTORCH = np.load(Path(__file__).parents[1] / "fixtures" / "optimizer_trajectories.npz")


@dataclass
class Row:
    """One optimizer with settings that are easy to follow: `gradients`, then θ after each step from θ = (1, 1).

    `pytorch` names a stored path and makes the optimizer for it; `defaults` are what the constructor fills in.
    """

    name: str
    make: Callable
    gradients: tuple
    by_hand: tuple
    pytorch: dict
    defaults: dict


OPTIMIZERS = [
    # θ ← θ − lr g
    Row(
        "SGD",
        lambda: SGD(0.5),
        ((2, -4), (1, 2)),
        ((1 - F(1, 2) * 2, 1 + F(1, 2) * 4), (0 - F(1, 2) * 1, 3 - F(1, 2) * 2)),
        {"SGD": lambda: SGD(0.01)},
        {"lr": 0.5, "momentum": 0},
    ),
    # v ← μ v + g, θ ← θ − lr v
    Row(
        "SGD with momentum",
        lambda: SGD(0.5, momentum=0.25),
        ((2, -4), (1, 2), (0, 0)),
        (
            (1 - F(1, 2) * 2, 1 + F(1, 2) * 4),  # v = (2, -4)
            (0 - F(1, 2) * F(3, 2), 3 - F(1, 2) * 1),  # v = (2/4 + 1, -4/4 + 2) = (3/2, 1)
            (F(-3, 4) - F(1, 2) * F(3, 8), F(5, 2) - F(1, 2) * F(1, 4)),  # v = (3/8, 1/4): it rolls on
        ),
        {"SGD_momentum": lambda: SGD(0.01, momentum=0.9), "SGD_momentum_drop": lambda: SGD(0.01, momentum=0.9)},
        {"lr": 0.5, "momentum": 0.25},
    ),
    # v ← μ v + g, θ ← θ − lr (g + μ v)
    Row(
        "Nesterov",
        lambda: Nesterov(0.5, 0.25),
        ((2, -4), (1, 2), (0, 0)),
        (
            (1 - F(1, 2) * (2 + F(1, 4) * 2), 1 - F(1, 2) * (-4 - F(1, 4) * 4)),  # v = (2, -4)
            (F(-1, 4) - F(1, 2) * (1 + F(1, 4) * F(3, 2)), F(7, 2) - F(1, 2) * (2 + F(1, 4) * 1)),  # v = (3/2, 1)
            (F(-15, 16) - F(1, 2) * F(1, 4) * F(3, 8), F(19, 8) - F(1, 2) * F(1, 4) * F(1, 4)),  # v = (3/8, 1/4)
        ),
        {"Nesterov": lambda: Nesterov(0.01, 0.9), "Nesterov_drop": lambda: Nesterov(0.01, momentum=0.9)},
        {"lr": 0.5, "momentum": 0.25},
    ),
    # s ← s + g², θ ← θ − lr g / (√s + ε)
    Row(
        "AdaGrad",
        lambda: AdaGrad(0.5, eps=1.0),
        ((3, -4), (4, 3), (0, 12)),
        (
            (1 - F(1, 2) * F(3, 3 + 1), 1 + F(1, 2) * F(4, 4 + 1)),  # s = (9, 16)
            (F(5, 8) - F(1, 2) * F(4, 5 + 1), F(7, 5) - F(1, 2) * F(3, 5 + 1)),  # s = (25, 25)
            (F(7, 24), F(23, 20) - F(1, 2) * F(12, 13 + 1)),  # s = (25, 169)
        ),
        {"AdaGrad": lambda: AdaGrad(0.1), "AdaGrad_large_eps": lambda: AdaGrad(0.1, eps=0.1)},
        {"lr": 0.5, "eps": 1.0},
    ),
    # s ← ρ s + (1 − ρ) g², θ ← θ − lr g / (√s + ε)
    Row(
        "RMSProp",
        lambda: RMSProp(0.5, rho=0.75, eps=1.0),
        ((4, -8), (2, 8)),
        (
            (1 - F(1, 2) * F(4, 2 + 1), 1 + F(1, 2) * F(8, 4 + 1)),  # s = (16/4, 64/4)
            (F(1, 3) - F(1, 2) * F(2, 2 + 1), F(9, 5) - F(1, 2) * F(8) / (F(np.sqrt(28)) + 1)),  # s = (3 + 1, 12 + 16)
        ),
        {"RMSProp": lambda: RMSProp(0.01), "RMSProp_large_eps": lambda: RMSProp(0.01, rho=0.99, eps=0.1)},
        {"lr": 0.5, "rho": 0.75, "eps": 1.0},
    ),
    # m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − lr m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
    Row(
        "Adam",
        lambda: Adam(0.5, beta1=0.5, beta2=0.75, eps=1.0),
        ((4, -8), (2, 0)),
        (
            # m = (2, -4), m̂ = m/(1/2) = (4, -8); v = (4, 16), v̂ = v/(1/4) = (16, 64)
            (1 - F(1, 2) * F(4, 4 + 1), 1 + F(1, 2) * F(8, 8 + 1)),
            # m = (2, -2), m̂ = m/(3/4) = (8/3, -8/3); v = (4, 12), v̂ = v/(7/16) = (64/7, 192/7)
            (
                F(3, 5) - F(1, 2) * F(8, 3) / (F(np.sqrt(64 / 7)) + 1),
                F(13, 9) + F(1, 2) * F(8, 3) / (F(np.sqrt(192 / 7)) + 1),
            ),
        ),
        {
            "Adam": lambda: Adam(),
            "Adam_large_eps": lambda: Adam(0.05, beta1=0.8, beta2=0.95, eps=0.1),
            "Adam_drop": lambda: Adam(lr=0.05),
        },
        {"lr": 0.5, "beta1": 0.5, "beta2": 0.75, "eps": 1.0},
    ),
]
every_optimizer = pytest.mark.parametrize("row", OPTIMIZERS, ids=lambda row: row.name)
every_path = pytest.mark.parametrize(
    ("name", "make"),
    [pair for row in OPTIMIZERS for pair in row.pytorch.items()],
    ids=lambda v: v if isinstance(v, str) else "",
)


def walk(optimizer, gradients, theta=(1.0, 1.0), dtype=np.float64):
    """θ after each step."""
    theta, path = np.array(theta, dtype), []
    for gradient in gradients:
        optimizer.step(theta, np.array(gradient, dtype))
        path.append(theta.copy())
    return np.array(path)


def test_the_table_names_every_optimizer():
    made = {
        name for name in vars(nnlib) if isinstance(getattr(nnlib, name), type) and hasattr(getattr(nnlib, name), "step")
    }
    assert made - {"Optimizer"} == {row.name.split()[0] for row in OPTIMIZERS}
    assert set(PYTORCH) - {"gradients", "start"} == {name for row in OPTIMIZERS for name in row.pytorch}


@every_optimizer
def test_first_steps_by_hand(row):
    path = walk(row.make(), row.gradients)
    assert path == pytest.approx(np.array(row.by_hand, float), rel=1e-14)


@every_path
def test_a_hundred_steps_against_pytorch(name, make):
    optimizer, theta = make(), PYTORCH["start"].copy()
    for step, (gradient, expected) in enumerate(zip(PYTORCH["gradients"], PYTORCH[name], strict=True)):
        if name.endswith("_drop") and step == 60:
            optimizer.lr *= 0.1
        optimizer.step(theta, gradient)
        assert theta == pytest.approx(expected, rel=1e-11), f"step {step}"
    assert np.abs(theta - PYTORCH["start"]).min() > 1e-9  # every entry has moved


@every_optimizer
def test_arguments_are_attributes(row):
    assert {name: getattr(row.make(), name) for name in row.defaults} == row.defaults


def test_defaults():
    assert SGD(1).momentum == 0
    assert AdaGrad(1).eps == RMSProp(1).eps == Adam().eps == 1e-8
    assert (RMSProp(1).rho, Adam().lr, Adam().beta1, Adam().beta2) == (0.9, 1e-3, 0.9, 0.999)


@every_optimizer
def test_the_learning_rate_may_change_between_steps(row):
    """The moments do not depend on lr: each step is proportional to the lr of its moment."""
    steady, changing = row.make(), row.make()
    gradients = np.random.default_rng(0).normal(size=(4, 3))
    theta = changed = np.zeros(3)
    theta, changed = theta.copy(), changed.copy()
    for factor, gradient in zip((1, 0.5, 4, 0.25), gradients, strict=True):
        before, before_changed = theta.copy(), changed.copy()
        changing.lr = steady.lr * factor
        steady.step(theta, gradient)
        changing.step(changed, gradient)
        assert changed - before_changed == pytest.approx(factor * (theta - before), rel=1e-12)


def test_momentum_may_be_turned_on_between_steps():
    """The velocity starts from 0 then."""
    optimizer, theta, path = SGD(1.0), np.zeros(1), []
    for momentum, gradient in ((0, 4.0), (0.5, 2.0), (0.5, 1.0)):
        optimizer.momentum = momentum
        optimizer.step(theta, np.array([gradient]))
        path.append(float(theta[0]))
    assert path == [-4, -6, -8]


@every_optimizer
def test_step_writes_theta_in_place_and_never_the_gradient(row):
    optimizer, theta = row.make(), np.array([1.0, -2.0, 3.0])
    for gradient in np.random.default_rng(1).normal(size=(3, 3)):
        kept, before = gradient.copy(), theta.copy()
        gradient.flags.writeable = False
        assert optimizer.step(theta, gradient) is None
        assert np.array_equal(gradient, kept) and (theta != before).all()


@every_optimizer
def test_the_gradient_may_be_overwritten_between_steps(row):
    """A network writes every gradient into the same vector: the moments must not be views of it."""
    gradients = np.random.default_rng(2).normal(size=(5, 2))
    theta, buffer, optimizer = np.ones(2), np.empty(2), row.make()
    for gradient in gradients:
        buffer[...] = gradient
        optimizer.step(theta, buffer)
        buffer[...] = np.nan
    assert np.array_equal(theta, walk(row.make(), gradients)[-1])


@every_optimizer
def test_entries_are_independent(row):
    """The textbook formula works entry by entry: the whole vector at once equals each entry alone."""
    gradients = np.random.default_rng(3).normal(size=(6, 4))
    together = walk(row.make(), gradients, np.ones(4))
    for j in range(4):
        alone = walk(row.make(), gradients[:, [j]], [1.0])
        assert together[:, j] == pytest.approx(alone[:, 0], rel=1e-14)


@every_optimizer
def test_zero_gradient_at_the_start_is_no_step(row):
    assert walk(row.make(), [(0.0, 0.0)]).tolist() == [[1.0, 1.0]]


@every_optimizer
@pytest.mark.parametrize(
    ("theta_shape", "grad_shape"), [((3,), (2,)), ((3,), (3, 1)), ((2,), (2,)), ((3, 1), (3, 1)), ((3,), ())], ids=str
)
def test_refusals_change_nothing(row, theta_shape, grad_shape):
    """After one good step on (3,), a grad or θ of another shape is refused; then all goes on as if it never came."""
    good = np.random.default_rng(4).normal(size=(3, 3))
    optimizer, theta = row.make(), np.ones(3)
    optimizer.step(theta, good[0])
    bad_theta = np.full(theta_shape, 7.0)
    with pytest.raises(ValueError, match=r"\(3,\)"):
        optimizer.step(bad_theta if theta_shape != (3,) else theta, np.full(grad_shape, 5.0))
    assert (bad_theta == 7).all()
    for gradient in good[1:]:
        optimizer.step(theta, gradient)
    assert np.array_equal(theta, walk(row.make(), good, np.ones(3))[-1])


@every_optimizer
def test_a_refused_first_step_leaves_no_state(row):
    optimizer = row.make()
    with pytest.raises(ValueError, match=row.name.split()[0]):
        optimizer.step(np.ones(3), np.ones(2))
    assert np.array_equal(walk(optimizer, row.gradients), walk(row.make(), row.gradients))


@every_optimizer
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["deepcopy", "pickle"]
)
def test_a_copy_of_a_used_optimizer_goes_its_own_way(row, duplicate):
    gradients = np.random.default_rng(5).normal(size=(6, 2))
    original, theta = row.make(), np.ones(2)
    for gradient in gradients[:3]:
        original.step(theta, gradient)
    twin, twin_theta = duplicate(original), theta.copy()
    for gradient in gradients[3:]:
        twin.step(twin_theta, 10 * gradient)  # must not reach the original
    for gradient in gradients[3:]:
        original.step(theta, gradient)
    assert np.array_equal(theta, walk(row.make(), gradients, np.ones(2))[-1])
    expected = walk(row.make(), [*gradients[:3], *(10 * gradients[3:])], np.ones(2))[-1]
    assert np.array_equal(twin_theta, expected)


@every_optimizer
def test_float32_stays_float32(row):
    gradients = np.random.default_rng(6).normal(size=(5, 3))
    single = walk(row.make(), gradients, np.ones(3), np.float32)
    assert single.dtype == np.float32
    assert single == pytest.approx(walk(row.make(), gradients, np.ones(3)), rel=1e-4)


@every_optimizer
def test_a_bowl_is_descended(row):
    """On ½ Σ c θ² every optimizer gets from 1 to near 0."""
    optimizer, theta = row.make(), np.ones(3)
    optimizer.lr = 0.05
    for _ in range(2000):
        optimizer.step(theta, np.array([0.5, 1.0, 2.0]) * theta)
    assert np.abs(theta).max() < 0.01
