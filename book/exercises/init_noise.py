"""Equal units, and a little noise to tell them apart."""

from __future__ import annotations

import numpy as np

from .grading import Case, Exercise, UnfitError, form, is_group, numbers


def noisy_start(rng, runs, n, noise):
    W1 = np.ones((runs, 2, n)) + noise * rng.standard_normal((runs, 2, 1))
    return W1, np.zeros((runs, n, 1))


def solution(rng, runs, n, noise):
    W1 = np.ones((runs, 2, n)) + noise * rng.standard_normal((runs, 2, n))
    return W1, np.zeros((runs, n, 1))


def around_one(rng, runs, n, noise):
    W1 = rng.normal(1, noise, (runs, 2, n))
    return W1, 0 * W1[:, :1].mT


def run_by_run(rng, runs, n, noise):
    W1 = [1 + noise * rng.normal(size=(2, n)) for _ in range(runs)]
    return np.array(W1), np.zeros((runs, n, 1))


def evenly(rng, runs, n, noise):
    bound = np.sqrt(3) * noise
    return rng.uniform(1 - bound, 1 + bound, (runs, 2, n)), np.zeros((runs, n, 1))


def drawn(*shared, low=1.0, size=lambda noise: noise, second=0.0, draw=None):
    """A program whose noise is the same along the axes `shared`."""

    def program(rng, runs, n, noise):
        shape = [1 if axis in shared else k for axis, k in enumerate((runs, 2, n))]
        one = rng.standard_normal(shape) if draw is None else draw(rng, shape)
        W1 = np.full((runs, 2, n), low) + size(noise) * one
        return W1, np.full((runs, n, 1), second)

    return program


def in_the_second(rng, runs, n, noise):
    return np.ones((runs, 2, n)), noise * rng.standard_normal((runs, n, 1))


def in_both(rng, runs, n, noise):
    return solution(rng, runs, n, noise)[0], in_the_second(rng, runs, n, noise)[1]


def transposed(rng, runs, n, noise):
    W1, W2 = solution(rng, runs, n, noise)
    return W1.mT, W2.mT


def first_transposed(rng, runs, n, noise):
    W1, W2 = solution(rng, runs, n, noise)
    return W1.mT, W2


def second_transposed(rng, runs, n, noise):
    W1, W2 = solution(rng, runs, n, noise)
    return W1, W2.mT


def shifted(rng, runs, n, noise):
    return 1 + rng.normal(noise, size=(runs, 2, n)), np.zeros((runs, n, 1))


def exchanged(rng, runs, n, noise):
    return solution(rng, runs, n, noise)[::-1]


def seen(function, arguments):
    """Shapes, the mean, and how far weights differ along each axis: any way to draw such noise is right."""
    value = function(*arguments)
    pair = list(value) if is_group(value) else []
    W1, W2 = map(numbers, pair) if len(pair) == 2 else (None, None)
    if W1 is None or W2 is None or {W1.ndim, W2.ndim} != {3}:
        raise UnfitError(f"it returns {form(value)}; expected W1 and W2, of three axes")
    # Over thousands of starts these are what they are on average, to a part in a hundred.
    spread = [np.sqrt(np.mean(np.var(W1, axis=k))) for k in range(3)]
    middle = [W1.mean(), W2.mean(), W2.std()]
    return np.array([W1.shape, W2.shape]), np.array(middle), np.array(spread)


def cases(rng):
    found = []
    for runs, n, noise in (4000, 4, 0.5), (3000, 6, 0.25):
        draw = np.random.default_rng(int(rng.integers(1000)))
        about = f"{runs} starts of {n} units and noise of size {noise}"
        found.append(Case(about, (draw, runs, n, noise)))
    return found


exercise = Exercise(
    label="ex-init-noise",
    starter=noisy_start,
    solution=solution,
    rights=[around_one, run_by_run, evenly],
    cases=cases,
    run=seen,
    rtol=0.05,
    atol=0.01,
    hints=[
        "Print `noisy_start(np.random.default_rng(0), 1, 4, 0.1)[0]`. Which of its eight "
        "numbers differ?",
        "A column is a unit's weights. Noise of shape `(runs, 2, 1)` is copied to all "
        "columns: every unit gets the same.",
        "Each of the `(runs, 2, n)` weights needs a draw of its own.",
    ],
    mistakes={
        "every unit gets the same noise: they stay equal": noisy_start,
        "both inputs of a unit get the same noise": drawn(1),
        "every start gets the same noise": drawn(0),
        "one number of noise for each start: its units stay equal": drawn(1, 2),
        "each weight needs noise of its own: here many weights share it": [
            drawn(0, 1, 2),
            drawn(0, 1),
            drawn(0, 2),
        ],
        "this adds the same number everywhere, and no noise": drawn(
            draw=lambda rng, shape: np.ones(shape)
        ),
        "the noise is added to zeros: where are the ones?": drawn(low=0.0),
        "noise is a standard deviation, not a variance": drawn(size=np.sqrt),
        "noise is a standard deviation: why squared?": drawn(size=np.square),
        "evenly between −noise and noise: that deviates less": drawn(
            draw=lambda rng, shape: rng.uniform(-1, 1, shape)
        ),
        "evenly over a stretch as wide as the noise: that deviates less": drawn(
            draw=lambda rng, shape: rng.random(shape) - 0.5
        ),
        "no noise is negative": [
            drawn(draw=lambda rng, shape: rng.random(shape)),
            drawn(draw=lambda rng, shape: abs(rng.standard_normal(shape))),
        ],
        "there is no noise": drawn(size=lambda noise: 0),
        "the noise does not have the size that was asked for": drawn(
            size=lambda noise: 1
        ),
        "rng.normal takes the mean first, and then the standard deviation": shifted,
        "the noise belongs to the first layer, not to the second": in_the_second,
        "the second layer gets noise, too": in_both,
        "the second layer starts from zeros": drawn(second=1.0),
        "transposed: gate @ W1 needs shape (runs, 2, n)": [
            transposed,
            first_transposed,
        ],
        "transposed: W2 needs shape (runs, n, 1)": second_transposed,
        "W1 comes first, then W2": exchanged,
    },
)
