"""Train article B's network in batches of 32, as it is and with each of its cures, and store what happened.

    python -m experiments.moons_batches

Eight seeds of the network as it is, 230 epochs of those three that leave the plateau by then and 50 of the others, and
five seeds of each cure, 50 epochs: a quarter of a minute on one core. The chapter 06-training-on-moons shows them; one
run it makes again, and of the others the first epochs, to compare.
"""

from pathlib import Path

import numpy as np

import nnlib
from experiments.datasets import article_moons
from experiments.moons_per_sample import moons_network

SEEDS, LEAVING = range(8), (3, 4, 5)
EPOCHS, MOST = 50, 230
PLAIN = "sigmoid, η = 0.32"
CURES = {
    "sigmoid, η = 0.01": (nnlib.Sigmoid, lambda: nnlib.SGD(0.01)),
    PLAIN: (nnlib.Sigmoid, lambda: nnlib.SGD(0.32)),
    "tanh, η = 0.32": (nnlib.Tanh, lambda: nnlib.SGD(0.32)),
    "sigmoid, Adam, η = 0.003": (nnlib.Sigmoid, lambda: nnlib.Adam(0.003)),
    "tanh, Adam, η = 0.003": (nnlib.Tanh, lambda: nnlib.Adam(0.003)),
}
CURE_SEEDS = dict.fromkeys(CURES, range(5)) | {"sigmoid, η = 0.01": range(3)}


def variant(activation, seed):
    """Return B's network and first parameters, with another activation in the hidden layers."""
    original = moons_network(seed)
    layers = []
    for layer in original.layers[:-2:2]:
        layers += [nnlib.Dense(layer.n_in, layer.n_out), activation()]
    layers += [nnlib.Dense(25, 2), nnlib.Sigmoid()]
    net = nnlib.Network(*layers, loss=nnlib.SquaredError())
    net.theta[...] = original.theta
    return net


def listen(net, x, t):
    """Return the spread of z over the samples, layer by layer; last δ over first; bend."""
    a, zs, slopes = x, [], []
    for dense in net.layers[::2]:
        zs.append(a @ dense.W + dense.b)
        a = 1 / (1 + np.exp(-zs[-1]))
        slopes.append(a * (1 - a))
    delta = (a - t) / len(x) * slopes[-1]
    sizes = [np.sqrt(np.mean(delta**2))]
    for dense, slope in zip(net.layers[-2:0:-2], slopes[-2::-1], strict=True):
        delta = delta @ dense.W.T * slope
        sizes.append(np.sqrt(np.mean(delta**2)))
    A = np.column_stack([x, np.ones(len(x))])  # (N, 3)
    rest = zs[-1] - A @ np.linalg.lstsq(A, zs[-1], rcond=None)[0]
    bend = np.sum(rest**2) / np.sum((zs[-1] - zs[-1].mean(axis=0)) ** 2)
    return [*(z.std(axis=0).mean() for z in zs), sizes[0] / sizes[-1], bend]


def run(name, seed, epochs, look=lambda epoch, net, x, labels: None):
    """Train one network and return its history; `look` is called before the first epoch and after each."""
    activation, optimizer = CURES[name]
    x, _, labels, _ = article_moons(seed)
    net = variant(activation, seed)
    look(0, net, x, labels)
    return nnlib.fit(
        net,
        x,
        nnlib.one_hot(labels, 2),
        optimizer(),
        epochs=epochs,
        batch_size=32,
        rng=seed,
        on_epoch=lambda epoch, net, history: look(epoch + 1, net, x, labels),
    )


def results():
    """Return the arrays that are stored, by name; NaN where there was no run.

    heard, (seeds, epochs + 1, 7), of the network as it is: the share right, and what `listen` says; loss and accuracy,
    (cures, seeds, epochs).
    """
    heard = np.full((len(SEEDS), MOST + 1, 7), np.nan)

    for seed in SEEDS:

        def look(epoch, net, x, labels, rows=heard[seed]):
            right = nnlib.accuracy(net, x, labels)
            rows[epoch] = [right, *listen(net, x, nnlib.one_hot(labels, 2))]

        run(PLAIN, seed, MOST if seed in LEAVING else EPOCHS, look)

    loss, accuracy = np.full((2, len(CURES), 5, EPOCHS), np.nan)
    for i, (name, seeds) in enumerate(CURE_SEEDS.items()):
        for seed in seeds:
            history = run(name, seed, EPOCHS)
            loss[i, seed], accuracy[i, seed] = history.loss, history.accuracy
    return {"heard": heard, "loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
