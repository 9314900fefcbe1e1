"""Train the digits' network with care, beside two classifiers of scikit-learn, and store what happened.

    python -m experiments.digits_well

Training, validation and test sets are chosen first. The learning rate and the epoch are chosen on the validation
set; the test set is read once, at the end. Some 110 short trainings take about six minutes on one core. The results
go to digits_well.npz beside this file: the chapter 11-digits loads them, checks that this code made them, and trains
the first epochs of a run again to compare. The network that the drawing pad asks is in it, too.
"""

import copy
import time
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

import nnlib
from experiments.datasets import images, random_split, split_in_order
from experiments.networks import digits_network, restore, statistics

SEEDS = range(10)
RATES = 0.001, 0.003, 0.01
STRENGTHS = 0.1, 1.0, 10.0, 100.0  # of logistic regression: the inverse of its penalty
EPOCHS, BATCH = 100, 32


def train_well(seed, lr, rows, epochs=EPOCHS):
    """Train article D's network by mini-batches and keep the epoch of the lowest validation loss.

    Returns the network as it was after that epoch, the whole history, and the epoch, counted from 1.
    """
    x, labels = images()
    training, validation, _ = rows
    net, kept = digits_network(seed), {}

    def keep_the_best(epoch, net, history):
        if epoch == history.val_loss.argmin():
            kept.update(
                epoch=epoch + 1, theta=net.theta.copy(), numbers=statistics(net)
            )

    how = {
        "epochs": epochs,
        "batch_size": BATCH,
        "rng": seed,
        "on_epoch": keep_the_best,
    }
    beside = x[validation], labels[validation]
    history = nnlib.fit(
        net, x[training], labels[training], nnlib.Adam(lr), validation=beside, **how
    )
    restore(net, kept["theta"], kept["numbers"])
    return net, history, kept["epoch"]


def train_peer(seed, lr, rows):
    """Train scikit-learn's 64-32-16-10 in the same way; it has ReLU twice, a small L2 penalty, no BatchNorm."""
    x, labels = images()
    training, validation, _ = rows
    how = {"batch_size": BATCH, "learning_rate_init": lr, "random_state": seed}
    model, lowest = MLPClassifier((32, 16), **how), np.inf
    for _ in range(EPOCHS):
        model.partial_fit(x[training], labels[training], classes=np.arange(10))
        p = model.predict_proba(x[validation])
        loss = nnlib.CrossEntropy()(p, labels[validation])
        if loss < lowest:
            lowest, best = loss, copy.deepcopy(model)
    return best, lowest


def fit_line(rows):
    """Fit logistic regression, with the penalty that does best on the validation set."""
    x, labels = images()
    training, validation, _ = rows
    models = [
        LogisticRegression(C=C, max_iter=5000).fit(x[training], labels[training])
        for C in STRENGTHS
    ]
    losses = [
        nnlib.CrossEntropy()(m.predict_proba(x[validation]), labels[validation])
        for m in models
    ]
    return models[np.argmin(losses)], STRENGTHS[np.argmin(losses)]


def results():
    """Return the arrays that are stored, by name."""
    start = time.perf_counter()

    def say(*words):
        print(*words, f"({time.perf_counter() - start:.0f} s)", flush=True)

    x, labels = images()
    rows = random_split(0)
    runs = {lr: [train_well(seed, lr, rows) for seed in SEEDS] for lr in RATES}
    lowest = {lr: [h.val_loss.min() for _, h, _ in found] for lr, found in runs.items()}
    say(
        "lowest validation losses",
        {lr: np.round(np.median(v), 4) for lr, v in lowest.items()},
    )
    rate = min(RATES, key=lambda lr: np.median(lowest[lr]))
    peers = {lr: [train_peer(seed, lr, rows) for seed in SEEDS] for lr in RATES}
    peer_lowest = {lr: [loss for _, loss in found] for lr, found in peers.items()}
    say("the peer's", {lr: np.round(np.median(v), 4) for lr, v in peer_lowest.items()})
    peer_rate = min(RATES, key=lambda lr: np.median(peer_lowest[lr]))
    line, strength = fit_line(rows)
    nets, histories, epochs = zip(*runs[rate], strict=True)
    test = x[rows[2]]
    arrays = {
        "seeds": np.array(SEEDS),
        "rate": rate,
        "peer_rate": peer_rate,
        "strength": strength,
        "lowest": np.array([lowest[lr] for lr in RATES], np.float32),
        "peer_lowest": np.array([peer_lowest[lr] for lr in RATES], np.float32),
        "loss": np.array([h.loss for h in histories], np.float32),
        "val_loss": np.array([h.val_loss for h in histories], np.float32),
        "val_accuracy": np.array([h.val_accuracy for h in histories], np.float32),
        "epochs": np.array(epochs, np.int16),
        "predicted": np.array([net.predict(test) for net in nets], np.int8),
        "peer_predicted": np.array(
            [m.predict(test) for m, _ in peers[peer_rate]], np.int8
        ),
        "line_predicted": line.predict(test).astype(np.int8),
        "theta": nets[0].theta.astype(np.float32),
        "statistics": statistics(nets[0]).astype(np.float32),
    }
    say("test", [np.sum(p == labels[rows[2]]) for p in arrays["predicted"]])
    for name, split in ("random", random_split), ("in_order", split_in_order):
        counts = []
        for seed in SEEDS:
            rows = split(seed)
            models = (
                train_well(seed, rate, rows)[0],
                train_peer(seed, peer_rate, rows)[0],
                fit_line(rows)[0],
            )
            counts.append(
                [np.sum(m.predict(x[rows[2]]) == labels[rows[2]]) for m in models]
            )
            say(name, seed, counts[-1])
        arrays[f"{name}_right"] = np.array(counts, np.int16)
    return arrays


if __name__ == "__main__":
    from experiments.stored import store

    store(Path(__file__), results)
