"""Networks as scikit-learn's estimators: its own checks, its tools, and the numbers of ``nnlib.fit``."""

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd  # without it, scikit-learn's own check of data frames would be skipped
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nnlib
from nnlib import NetworkClassifier, NetworkRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
COLORS = np.array(["red", "blue"])[LABELS]
TARGETS = np.column_stack([np.sin(X[:, 0]), X[:, 0] - X[:, 1]])
SMALL = {"hidden": (8,), "epochs": 20, "lr": 0.03, "random_state": 0}
KINDS = [(NetworkClassifier, COLORS), (NetworkRegressor, TARGETS[:, 0])]
LEARNS = (
    "{}: optimizer must make one from a learning rate alone, as nnlib.Adam does, or "
    "functools.partial(nnlib.SGD, momentum=0.9)"
)
both = pytest.mark.parametrize(("kind", "y"), KINDS, ids=["classifier", "regressor"])


@parametrize_with_checks([NetworkClassifier(hidden=(8,), epochs=20), NetworkRegressor(hidden=(8,), epochs=20)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def trained(n_out, loss, y, dtype):
    """What a reader writes without scikit-learn: the network, and what `fit` recorded."""
    net = nnlib.Network(
        nnlib.Dense(2, 8, init=nnlib.he),
        nnlib.BatchNorm(8),
        nnlib.ReLU(),
        nnlib.Dense(8, 4, init=nnlib.he),
        nnlib.BatchNorm(4),
        nnlib.ReLU(),
        nnlib.Dense(4, n_out, init=nnlib.he),
        loss=loss,
        penalty=nnlib.L2(1e-3),
        rng=7,
        dtype=dtype,
    )
    return net, nnlib.fit(net, X, y, nnlib.SGD(0.05, momentum=0.9), epochs=12, batch_size=20, rng=7)


SAME = {
    "hidden": [8, 4],
    "activation": nnlib.ReLU,
    "optimizer": partial(nnlib.SGD, momentum=0.9),
    "lr": 0.05,
    "epochs": 12,
    "batch_size": 20,
    "penalty": nnlib.L2(1e-3),
    "batch_norm": True,
    "init": nnlib.he,
    "random_state": 7,
}


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_a_classifier_is_what_fit_trains_to_the_bit(dtype):
    net, history = trained(2, nnlib.SoftmaxCrossEntropy(), 1 - LABELS, dtype)  # "blue" comes before "red"
    estimator = NetworkClassifier(dtype=dtype, **SAME).fit(X, np.array(["red", "blue"])[LABELS])
    net_labels, classes = net.predict(X), np.array(["blue", "red"])
    assert estimator.classes_.tolist() == ["blue", "red"]
    assert np.array_equal(estimator.network_.theta, net.theta) and estimator.network_.dtype == dtype
    assert estimator.history_ == history and len(history.loss) == 12
    assert np.array_equal(estimator.predict_proba(X), net.predict_proba(X))
    assert np.array_equal(estimator.predict(X), classes[net_labels])
    assert estimator.score(X, COLORS) == nnlib.accuracy(net, X, 1 - LABELS) > 0.7


@pytest.mark.parametrize("columns", [slice(0, 1), slice(0, 2), 0], ids=["(N, 1)", "(N, 2)", "(N,)"])
def test_a_regressor_is_what_fit_trains_to_the_bit(columns):
    """Its predictions have the shape of its targets."""
    y = TARGETS[:, columns]
    t = y.reshape(90, -1)
    net, history = trained(t.shape[1], nnlib.SquaredError(), t, float)
    estimator = NetworkRegressor(**SAME).fit(X, y)
    assert np.array_equal(estimator.network_.theta, net.theta) and estimator.history_ == history
    assert np.array_equal(estimator.predict(X), net.forward(X).reshape(y.shape))
    assert estimator.score(X, y) > 0.5


@both
def test_a_seed_repeats_a_generator_moves_on_and_none_is_new(kind, y):
    def theta(random_state):
        return kind(**SMALL | {"random_state": random_state}).fit(X, y).network_.theta.copy()

    assert np.array_equal(theta(1), theta(1)) and not np.array_equal(theta(1), theta(2))
    assert not np.array_equal(theta(None), theta(None))
    for new in np.random.default_rng, np.random.RandomState:
        one, other = new(3), new(3)
        first = theta(one)
        assert np.array_equal(first, theta(other)) and not np.array_equal(first, theta(one))


@both
def test_a_second_fit_starts_anew(kind, y):
    estimator = kind(**SMALL)
    first = estimator.fit(X, y).network_
    assert estimator.fit(X, y).network_ is not first and np.array_equal(estimator.network_.theta, first.theta)


@both
def test_it_works_in_a_pipeline_and_scores_are_repeatable(kind, y):
    model = make_pipeline(StandardScaler(), kind(**SMALL | {"epochs": 60}))
    scores = cross_val_score(model, 100 * X + 30, y, cv=3)
    assert scores.min() > 0.6
    assert np.array_equal(scores, cross_val_score(model, 100 * X + 30, y, cv=3))


@both
def test_a_clone_and_a_pickle_are_its_like(kind, y):
    estimator = kind(**SMALL | {"penalty": nnlib.L1(1e-4), "optimizer": partial(nnlib.SGD, momentum=0.5)}).fit(X, y)
    again = clone(estimator)
    assert repr(again) == repr(estimator) and not hasattr(again, "network_")
    assert again.penalty is not estimator.penalty
    kept = pickle.loads(pickle.dumps(estimator))
    for other in again.fit(X, y), kept:
        assert np.array_equal(other.predict(X), estimator.predict(X))


def test_a_grid_search_tries_every_kind_of_parameter():
    grid = {
        "hidden": [(), (8,)],
        "optimizer": [nnlib.Adam, partial(nnlib.Nesterov, momentum=0.9)],
        "penalty": [None, nnlib.L2(1e-3)],
    }
    search = GridSearchCV(NetworkClassifier(**SMALL | {"epochs": 60}), grid, cv=2).fit(X, COLORS)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_params_["hidden"] == (8,)  # no line parts the four quadrants
    assert search.best_estimator_.score(X, COLORS) > 0.8 and set(search.predict(X)) == {"red", "blue"}


def test_in_a_search_a_training_that_diverges_counts_as_failed():
    model = NetworkRegressor(**SMALL | {"optimizer": nnlib.SGD})
    with pytest.warns(
        FitFailedWarning, match=r"the training diverged in epoch \d+; scale X, or take a smaller lr than 1000000\.0"
    ):
        search = GridSearchCV(model, {"lr": [0.1, 1e6]}, cv=2, error_score=-9).fit(X, TARGETS)
    assert search.best_params_ == {"lr": 0.1} and search.cv_results_["mean_test_score"][1] == -9


def test_targets_can_be_scaled():
    model = TransformedTargetRegressor(NetworkRegressor(**SMALL | {"epochs": 100}), transformer=StandardScaler())
    assert model.fit(X, 1000 * TARGETS - 500).score(X, 1000 * TARGETS - 500) > 0.9


@pytest.mark.parametrize("labels", [COLORS, np.array(["a", "b", "c"])[LABELS + (X[:, 0] > 0)]], ids=["two", "three"])
def test_its_boundary_can_be_displayed(labels):
    estimator = NetworkClassifier(**SMALL).fit(X, labels)
    display = DecisionBoundaryDisplay.from_estimator(estimator, X, grid_resolution=7)
    assert display.ax_.has_data()
    matplotlib.pyplot.close("all")


class Meeting(nnlib.Layer):
    """Keeps its input on itself, waits for whoever else is there, and returns it."""

    meet = Barrier(1)

    def f(self, x, training):
        self.x = x
        Meeting.meet.wait(timeout=20)
        return self.x.copy()

    def vjp(self, g):
        return g


def test_two_threads_may_ask_one_estimator(monkeypatch):
    estimator = NetworkClassifier(**SMALL | {"activation": Meeting}).fit(X, COLORS)
    parts = X[:45], X[45:]
    right = [estimator.predict_proba(part) for part in parts]
    monkeypatch.setattr(Meeting, "meet", Barrier(2))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(estimator.predict_proba, parts))
    assert all(map(np.array_equal, found, right))


def test_a_subclass_makes_another_network():
    class Bottleneck(NetworkRegressor):
        def make_network(self, n_in, n_out, loss, rng):
            layers = nnlib.Dense(n_in, 1), nnlib.Tanh(), nnlib.Dense(1, n_out)
            return nnlib.Network(*layers, loss=loss, rng=rng)

    estimator = Bottleneck(epochs=2).fit(X, TARGETS)
    assert estimator.network_.n_params == 3 + 4 and clone(estimator).get_params() == estimator.get_params()


@both
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"hidden": 25}, TypeError, "{}: hidden must be widths such as (25, 25), got 25"),
        ({"hidden": (0,)}, ValueError, "Dense: n_out must be at least 1, got 0"),
        ({"hidden": "25"}, TypeError, "Dense: n_out must be an integer, got '2'"),
        ({"activation": "relu"}, TypeError, "{}: activation must make a layer, as nnlib.Tanh does, got 'relu'"),
        ({"activation": nnlib.Tanh()}, TypeError, "{}: activation must make a layer, as nnlib.Tanh does, got Tanh()"),
        ({"activation": dict}, TypeError, "Network: expected layers, got {{}}"),
        (
            {"optimizer": "adam"},
            TypeError,
            f"{LEARNS}, got 'adam'",
        ),
        (
            {"optimizer": nnlib.Nesterov},
            TypeError,
            f"{LEARNS}, got <class 'nnlib.optimizers.Nesterov'>: missing a required argument: 'momentum'",
        ),
        (
            {"activation": nnlib.Dense},
            TypeError,
            "{}: activation must make a layer, as nnlib.Tanh does, got <class 'nnlib.layers.Dense'>: "
            "missing a required argument: 'n_in'",
        ),
        ({"batch_norm": "no"}, TypeError, "{}: batch_norm must be True or False, got 'no'"),
        ({"batch_norm": 1}, TypeError, "{}: batch_norm must be True or False, got 1"),
        ({"optimizer": float}, TypeError, "fit: optimizer must be an Optimizer such as Adam(), got 0.03"),
        ({"lr": -1}, ValueError, "Adam: lr must be positive and finite, got -1"),
        ({"epochs": 0}, ValueError, "fit: epochs must be at least 1, got 0"),
        ({"batch_size": 2.5}, TypeError, "fit: batch_size must be an integer, got 2.5"),
        (
            {"penalty": 0.1},
            TypeError,
            "Network: penalty must be None or a Penalty such as L2(1e-4), got 0.1",
        ),
        ({"dtype": np.float16}, ValueError, "Network: dtype must be float64 or float32, got float16"),
        (
            {"random_state": "a"},
            TypeError,
            "Network: rng must be a numpy.random.Generator or a seed >= 0, got 'a'",
        ),
    ],
)
def test_a_parameter_out_of_its_range_is_refused_by_fit(kind, y, parameters, error, message):
    estimator = kind(**SMALL | parameters)
    with pytest.raises(error, match=f"^{re.escape(message.format(kind.__name__))}$"):
        estimator.fit(X, y)
    with pytest.raises(NotFittedError):
        estimator.predict(X)


@both
def test_widths_that_can_be_read_only_once_are_refused(kind, y):
    """A second fit, with the same parameters, would make a network without hidden layers."""
    estimator = kind(**SMALL | {"hidden": (width for width in (8, 4))})
    with pytest.raises(TypeError, match=r": hidden must be widths such as \(25, 25\), got <generator"):
        estimator.fit(X, y)
    for hidden in [8, 4], range(4, 9, 4), np.array([8, 4]):
        assert len(kind(**SMALL | {"hidden": hidden}).fit(X, y).network_.layers) == 5


@both
def test_the_names_of_columns_are_kept_and_asked_for(kind, y):
    frame = pd.DataFrame({"width": X[:, 0], "height": X[:, 1]})
    estimator = kind(**SMALL).fit(frame, y)
    assert estimator.feature_names_in_.tolist() == ["width", "height"]
    assert np.array_equal(estimator.network_.theta, kind(**SMALL).fit(X, y).network_.theta)
    assert np.array_equal(estimator.predict(frame), clone(estimator).fit(X, y).predict(X))
    for predict in {estimator.predict, getattr(estimator, "predict_proba", estimator.predict)}:
        with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
            predict(frame[["height", "width"]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        estimator.predict(X)
    estimator.fit(X, y)
    assert not hasattr(estimator, "feature_names_in_")


@both
def test_after_a_fit_that_failed_it_is_not_fitted(kind, y):
    estimator = kind(**SMALL).fit(X, y)
    with pytest.raises(ValueError, match="NaN"):
        estimator.fit(X * np.nan, y)
    with pytest.raises(NotFittedError):
        estimator.predict(X)
    assert np.array_equal(estimator.fit(X, y).predict(X), clone(estimator).fit(X, y).predict(X))


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"^NetworkClassifier: expected two classes or more in y, got one class$"):
        NetworkClassifier(**SMALL).fit(X, np.zeros(90, int))


@both
def test_masked_arrays_are_refused(kind, y):
    """Scikit-learn's own checks drop the mask."""
    fitted, masked = kind(**SMALL).fit(X, y), np.ma.masked_array(X, X > 1)
    message = f"^{kind.__name__}: {{}} is a masked array; fill it or drop the masked rows$"
    for name, call in [
        ("X", lambda: kind(**SMALL).fit(masked, y)),
        ("y", lambda: kind(**SMALL).fit(X, np.ma.masked_array(y))),
        ("X", lambda: fitted.predict(masked)),
    ]:
        with pytest.raises(TypeError, match=message.format(name)):
            call()


def test_predictions_that_are_not_finite_are_refused():
    estimator = NetworkRegressor(**SMALL).fit(X, TARGETS)
    estimator.network_.theta[...] = np.nan
    with pytest.raises(ValueError, match=r"^NetworkRegressor: predictions must be finite"):
        estimator.predict(X)
