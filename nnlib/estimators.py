"""Networks as estimators, for the pipelines, searches and scores of scikit-learn, 1.6 or newer.

``fit(X, y)`` makes a network and trains it by ``nnlib.fit``; the parameters say how. X, ``(N, D)``, is best scaled
before, by a ``StandardScaler`` in a pipeline, say.
"""

import copy
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from . import validate
from .activations import Tanh
from .initializers import Initializer, Rng, glorot
from .layers import BatchNorm, Dense, Layer
from .losses import Loss, SoftmaxCrossEntropy, SquaredError
from .network import Network
from .optimizers import Adam, Optimizer
from .penalties import Penalty
from .training import fit


class NetworkEstimator(BaseEstimator):
    """What the classifier and the regressor share: the parameters, the network that they describe, its training."""

    def __init__(
        self,
        hidden: Collection[int] = (25,),
        activation: Callable[[], Layer] = Tanh,
        optimizer: Callable[[float], Optimizer] = Adam,
        lr: float = 0.01,
        epochs: int = 100,
        batch_size: int = 32,
        penalty: Penalty | None = None,
        batch_norm: bool = False,
        init: Initializer = glorot,
        dtype: Any = float,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.penalty = penalty
        self.batch_norm = batch_norm
        self.init = init
        self.dtype = dtype
        self.random_state = random_state

    def validated(self, X: Any, y: Any = "no_validation", **rules: Any) -> Any:
        """Return X, and y where it is given, as scikit-learn checks them; of a masked array it would drop the mask."""
        for name, value in ("X", X), ("y", y):
            validate.unmasked(type(self).__name__, name, value)
        return validate_data(self, X, y, **rules)

    def forget(self) -> None:
        """Be as before ``fit``: where that fails, there is no network of an earlier one that fits nothing else."""
        self.__dict__.pop("network_", None)

    def make_network(self, n_in: int, n_out: int, loss: Loss, rng: Rng) -> Network:
        """Return a network, untrained, from ``n_in`` inputs to ``n_out`` outputs; a subclass may make another."""
        layers: list[Layer] = []
        for width in self.hidden:
            layers.append(Dense(n_in, width, init=self.init))
            if self.batch_norm:
                layers.append(BatchNorm(width))
            layers.append(self.activation())
            n_in = width
        layers.append(Dense(n_in, n_out, init=self.init))
        return Network(*layers, loss=loss, penalty=self.penalty, rng=rng, dtype=self.dtype)

    def train(self, x: np.ndarray, t: np.ndarray, n_out: int, loss: Loss) -> None:
        """Make the network and train it on x, ``(N, n_in)``, and targets as the loss takes them."""
        owner = type(self).__name__
        # No generator: a second fit, or a clone, would find it empty.
        validate.instance(self.hidden, Collection, f"{owner}: hidden must be widths such as (25, 25)")
        validate.instance(self.batch_norm, bool | np.bool_, f"{owner}: batch_norm must be True or False")
        validate.called_with(self.activation, f"{owner}: activation must make a layer, as nnlib.Tanh does")
        learns = "as nnlib.Adam does, or functools.partial(nnlib.SGD, momentum=0.9)"
        expected = f"{owner}: optimizer must make one from a learning rate alone, {learns}"
        validate.called_with(self.optimizer, expected, self.lr)
        rng = self.random_state
        if isinstance(rng, np.random.RandomState):
            rng = rng.randint(2**31 - 1)
        net = self.make_network(x.shape[1], n_out, loss, rng)
        optimizer = self.optimizer(self.lr)
        history = fit(net, x, t, optimizer, epochs=self.epochs, batch_size=self.batch_size, rng=rng)
        if history.diverged:
            when = f"in epoch {len(history.loss) + 1}"
            raise ValueError(f"{owner}: the training diverged {when}; scale X, or take a smaller lr than {self.lr}")
        self.network_, self.history_ = net, history

    def fitted(self, X: Any) -> tuple[Network, np.ndarray]:
        """Return the network and X, ``(N, D)``, checked; NotFittedError before ``fit``."""
        check_is_fitted(self, "network_")
        # A copy: layers keep what they compute, and two threads may ask one estimator.
        return copy.deepcopy(self.network_), self.validated(X, reset=False)


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """A network that ends in logits, a class each, trained by ``SoftmaxCrossEntropy``: a classifier of scikit-learn.

    - ``hidden``: the widths of the hidden layers; none, ``()``, make a linear classifier.
    - ``activation``: what makes the layer after each of them, without arguments: ``nnlib.ReLU``, say, or
      ``functools.partial(nnlib.LeakyReLU, 0.1)``.
    - ``optimizer``: what makes an optimizer from a learning rate, ``lr``: ``nnlib.Adam``, say, or
      ``functools.partial(nnlib.SGD, momentum=0.9)``.
    - ``epochs``, ``batch_size``: as ``nnlib.fit`` has them.
    - ``penalty``: as ``Network`` has it.
    - ``batch_norm``: whether a ``BatchNorm`` stands before each activation.
    - ``init``, ``dtype``: as ``Dense`` and ``Network`` have them.
    - ``random_state``: a seed, given to ``Network`` and to ``nnlib.fit``; or a generator of NumPy's, which moves on; or
      None, for another training at each call.

    After ``fit`` there are ``classes_``, ``(K,)``; ``network_``, which knows them as 0 to K−1; ``history_``;
    ``n_features_in_``; and, of a data frame, ``feature_names_in_``.
    """

    def fit(self, X: Any, y: Any) -> "NetworkClassifier":
        """Train a new network on X, ``(N, D)``, and classes y, ``(N,)``, integers or texts; return the estimator.

        ValueError where X is not finite or y has only one class, or real numbers for classes; where a parameter is out
        of its range; and where the training diverges. TypeError where a parameter is of another kind.
        """
        self.forget()
        X, y = self.validated(X, y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        k = len(self.classes_)
        validate.expect(k > 1, type(self).__name__, "two classes or more in y", "one class")
        self.train(X, labels, k, SoftmaxCrossEntropy())
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row of X, ``(N, D) -> (N,)``."""
        net, X = self.fitted(X)
        return self.classes_[net.predict(X)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, ``(N, D) -> (N, K)``, in the order of ``classes_``."""
        net, X = self.fitted(X)
        return net.predict_proba(X)


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """A network that ends in a dense layer, trained by ``SquaredError``: a regressor of scikit-learn.

    Its parameters are those of ``NetworkClassifier``. The targets are best scaled, too: by scikit-learn's
    ``TransformedTargetRegressor``, say. After ``fit`` there are ``network_``; ``history_``; ``n_features_in_``; and, of
    a data frame, ``feature_names_in_``.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> "NetworkRegressor":
        """Train a new network on X, ``(N, D)``, and real targets y, ``(N,)`` or ``(N, K)``; return the estimator.

        ValueError where X or y is not finite, where a parameter is out of its range, and where the training diverges.
        TypeError where a parameter is of another kind.
        """
        self.forget()
        X, y = self.validated(X, y, multi_output=True, y_numeric=True)
        self.target_shape_ = y.shape[1:]
        t = y.reshape(len(y), -1)
        self.train(X, t, t.shape[1], SquaredError())
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return a prediction for each row of X, ``(N, D) -> (N,)``, or ``(N, K)`` where y had K columns."""
        net, X = self.fitted(X)
        y = net.forward(X)
        validate.finite(type(self).__name__, "predictions", y)
        return y.reshape(len(y), *self.target_shape_)
