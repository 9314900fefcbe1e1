"""The playground's Python: it trains as `nnlib.fit` does, and shows what the network is; the page's claims are true."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from widgets.live.bridge import WAIT
from widgets.playground import datasets, projection
from widgets.playground.engine import TRAINING, UNIT_SIDE, VALIDATION, Engine
from widgets.playground.page import EPOCHS, figure, sources
from widgets.playground.session import train
from widgets.playground.settings import CONTROLS, Settings

import nnlib

PAGE = Path(__file__).parents[2] / "book" / "playground.md"
NAMES = ("loss", "accuracy", "val_loss", "val_accuracy")

# Between them each data set, activation, loss, optimizer, penalty and batch size at least once.
SETTINGS: list[dict[str, Any]] = [
    {},
    {"data": "circles", "noise": 0.0, "layers": [], "optimizer": "SGD", "lr": 0.3, "batch": 64, "seed": 7},
    {"data": "xor", "layers": [4], "activation": "ReLU", "loss": "BinaryCrossEntropy", "optimizer": "Momentum"},
    {"data": "spirals", "layers": [12, 6, 3], "activation": "ELU", "batchnorm": True, "batch": 128, "seed": 9999},
    {"data": "digits", "activation": "LeakyReLU", "optimizer": "RMSProp", "penalty": "L2", "lam": 1e-5},
    {"data": "digits", "noise": 0.1, "loss": "SquaredError", "optimizer": "AdaGrad", "lr": 0.1, "batch": 16},
    {"activation": "Sigmoid", "batchnorm": True, "optimizer": "Nesterov", "penalty": "L1", "batch": 320},
    {"layers": [3], "activation": "Identity", "batch": 8, "lr": 1e-4, "penalty": "L2", "lam": 0.3},
]
ids = [" ".join(f"{k}={v}" for k, v in s.items()) or "defaults" for s in SETTINGS]


def fitted(settings: Settings, epochs: int) -> tuple[nnlib.Network, nnlib.History]:
    """The same training by `nnlib.fit`."""
    engine = Engine(settings)
    t = engine.labels
    if settings.loss != "SoftmaxCrossEntropy":
        t = nnlib.one_hot(t, settings.classes)
    net = settings.network()
    history = nnlib.fit(
        net,
        engine.x[:TRAINING],
        t[:TRAINING],
        settings.make_optimizer(),
        epochs=epochs,
        batch_size=settings.batch,
        validation=(engine.x[TRAINING:], t[TRAINING:]),
        rng=settings.seed,
    )
    return net, history


def columns(history: nnlib.History) -> np.ndarray:
    return np.column_stack([getattr(history, name) for name in NAMES])


# --- the engine ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", SETTINGS, ids=ids)
def test_the_program_that_the_page_shows_finds_the_engines_numbers(pure: Callable[..., Any], given: dict) -> None:
    settings = Settings.of(given)
    engine = Engine(settings)
    engine.advance(epochs=6)
    text = pure("playground", "program", figure_spec(), {**asdict(settings), "layers": list(settings.layers)}, 6)
    assert max(map(len, text.splitlines())) <= 100
    names: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(text, "program", "exec"), names)
    np.testing.assert_allclose(engine.history, columns(names["history"]), rtol=0, atol=1e-9)
    np.testing.assert_allclose(engine.net.theta, names["net"].theta, rtol=0, atol=1e-9)
    assert said.getvalue().split()[:2] == ["epochs", "6"]
    shown = [float(line.split()[1]) for line in said.getvalue().splitlines()[1:]]
    np.testing.assert_allclose(shown, engine.history[-1], rtol=0, atol=1e-9)


@cache
def figure_spec() -> dict[str, Any]:
    return figure().spec


@pytest.mark.parametrize("steps", [1, 7, 33])
def test_however_it_is_cut_into_pieces_it_is_the_same_training(steps: int) -> None:
    engine = Engine(Settings.of({"batch": 16}))
    while len(engine.history) < 4:
        engine.advance(steps=steps)
        engine.frame(20, unit=3)
    _, history = fitted(Settings.of({"batch": 16}), 4)
    np.testing.assert_allclose(engine.history[:4], columns(history), rtol=0, atol=1e-12)
    assert engine.steps == steps * -(-4 * 20 // steps)


def test_an_epoch_is_gone_to_its_end() -> None:
    engine = Engine(Settings())
    engine.advance(steps=3)
    engine.advance(epochs=1)
    assert (engine.steps, len(engine.history)) == (10, 1)
    engine.advance(milliseconds=20)
    assert engine.steps > 10


def test_a_training_that_diverges_ends_as_fit_ends_it() -> None:
    settings = Settings.of({"data": "circles", "layers": [8], "loss": "SoftmaxCrossEntropy", "activation": "Identity",
                            "optimizer": "SGD", "lr": 10, "penalty": "L2", "lam": 0.3})  # fmt: skip
    engine = Engine(settings)
    engine.advance(epochs=200)
    _, history = fitted(settings, 200)
    assert engine.diverged and history.diverged
    assert len(engine.history) == len(history.loss) < 200
    steps = engine.steps
    engine.advance(steps=5, milliseconds=5)
    assert engine.steps == steps
    frame = engine.frame(20, known=0)
    assert frame["diverged"] and np.isfinite(frame["p"]).all()


def test_batch_normalization_of_single_points_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="Batch normalization needs batches of 2 points or more"):
        Engine(Settings.of({"batch": 1, "batchnorm": True}))
    Engine(Settings.of({"batch": 1, "batchnorm": True, "layers": []})).advance(steps=1)  # there is none


def test_to_be_looked_at_changes_nothing() -> None:
    seen, unseen = (Engine(Settings.of({"batchnorm": True})) for _ in range(2))
    before = [array.copy() for array in (seen.net.theta, *seen.net.statistics())]
    seen.frame(40)
    fresh = Settings.of({"batchnorm": True}).network()
    for array, kept, new in zip(
        (seen.net.theta, *seen.net.statistics()), before, (fresh.theta, *fresh.statistics()), strict=True
    ):
        assert np.array_equal(array, kept) and np.array_equal(array, new)
    for engine in (seen, unseen):
        engine.advance(steps=15)
    assert np.array_equal(seen.net.theta, unseen.net.theta)


# --- what is drawn ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [SETTINGS[0], SETTINGS[3], SETTINGS[5], SETTINGS[6]], ids=lambda given: str(given)[:40]
)
def test_a_frame_is_the_network_as_it_is(given: dict) -> None:
    engine = Engine(Settings.of(given))
    engine.advance(steps=30)
    hidden = sum(engine.settings.layers)
    frame = engine.frame(40, unit=hidden - 1)
    about = engine.about()
    x0, x1, y0, y1 = about["extent"]
    assert (engine.x > [x0, y0]).all() and (engine.x < [x1, y1]).all() and x1 - x0 == pytest.approx(y1 - y0)
    row, column = 9, 31  # of a small picture: no place is special
    every = 40 // UNIT_SIDE
    at = (every * row // every, column)
    place = np.array([[x0 + (x1 - x0) * (at[1] + 0.5) / 40, y1 - (y1 - y0) * (at[0] + 0.5) / 40]])
    p = engine.net.predict_proba(place)[0]
    k = at[0] * 40 + at[1]
    if len(p) == 2:
        assert frame["p"][k] == pytest.approx((1 + p[1] - p[0]) / 2, abs=1e-6) and "winner" not in frame
    else:
        assert frame["p"][k] == pytest.approx(p.max(), abs=1e-6) and frame["winner"][k] == p.argmax()
    # The unit's picture is the whole one's, made small.
    whole = frame["unit"].reshape(40, 40)[1::2, 1::2]
    small = frame["units"][hidden - 1].reshape(UNIT_SIDE, UNIT_SIDE).astype(float) - 128
    assert abs(small - 127 * whole / abs(whole).max()).max() <= 1
    y = engine.net.forward(place) if not engine.settings.layers else hidden_output(engine, place)
    center = 0.5 if engine.settings.activation == "Sigmoid" else 0
    assert frame["unit"][k] == pytest.approx(y - center, abs=1e-6)
    # Weights where they are said to be, and gradients as large as they are.
    pieces = engine.dense, about["shapes"], about["places"], frame["gradients"]
    for layer, (n_in, n_out), start, g in zip(*pieces, strict=True):
        stretch = frame["theta"][start : start + n_in * n_out].reshape(n_in, n_out)
        np.testing.assert_allclose(stretch, layer.W, rtol=1e-6)
        assert g == pytest.approx(np.sqrt((layer.dW**2).mean()))
    assert len(frame["units"]) == sum(n for _, n in about["shapes"])


def hidden_output(engine: Engine, place: np.ndarray) -> float:
    """What the last hidden unit answers."""
    layers = engine.net.layers
    last = max(k for k, layer in enumerate(layers) if isinstance(layer, nnlib.Dense))
    for layer in layers[:last]:
        place = layer.forward(place)
    return float(place[0, -1])


def test_the_small_frame_of_a_moment_is_small() -> None:
    engine = Engine(Settings.of({"layers": [25, 25]}))
    frame = engine.frame(40)
    assert sum(value.nbytes for value in frame.values() if isinstance(value, np.ndarray)) < 35_000
    assert all(value.flags.c_contiguous for value in frame.values() if isinstance(value, np.ndarray))


def test_the_session_follows_orders_and_sleeps_between_them() -> None:
    session = train({"layers": [3]}, {"side": 20})
    first = next(session)
    assert (first["epoch"], first["steps"], len(first["labels"])) == (0, 0, TRAINING + VALIDATION)
    assert next(session) is WAIT and session.send(None) is WAIT
    once = session.send({"amount": {"steps": 3}, "view": {"side": 20}, "again": False})
    assert (once["steps"], len(once["history"])) == (3, 0)
    assert session.send(None) is WAIT
    often = session.send({"amount": {"steps": 9}, "view": {"side": 40, "unit": 1}, "again": True})
    assert (often["steps"], often["side"], often["chosen"], len(often["history"])) == (12, 40, 1, 1)
    more = session.send(None)
    assert (more["steps"], more["known"], len(more["history"])) == (21, 1, 1)
    end = session.send({"amount": {}, "view": {"side": 20}, "again": False})
    assert end["steps"] == 21 and session.send(None) is WAIT


def test_a_training_that_diverged_sleeps_too() -> None:
    session = train({"layers": [], "penalty": "L2", "lam": 0.3, "optimizer": "SGD", "lr": 10}, {"side": 20})
    next(session)
    frame = session.send({"amount": {"epochs": 100}, "view": {"side": 20}, "again": True})
    assert frame["diverged"] and session.send(None) is WAIT and session.send(None) is WAIT


# --- settings and data -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"data": "stars"}, {"noise": 0.07}, {"noise": "0.1"}, {"layers": [0]}, {"layers": [33]}, {"layers": [1] * 5},
     {"layers": "8-8"}, {"layers": [True]}, {"batchnorm": 1}, {"seed": 1.0}, {"seed": -1}, {"seed": True},
     {"seed": 10_000}, {"lr": True}, {"lr": None}, {"activation": "__class__"}, {"optimizer": "Optimizer"},
     {"rows": 3}],
    ids=str,
)  # fmt: skip
def test_settings_that_there_are_not_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings.of(wrong)


def test_every_value_of_every_control_can_be_trained_with() -> None:
    assert Settings.of({}) == Settings()
    assert asdict(Settings()).keys() == CONTROLS.keys()
    for name, control in CONTROLS.items():
        for value in getattr(control, "values", ()):
            engine = Engine(Settings.of({"layers": [2], name: value}))
            engine.advance(steps=1)
            assert engine.steps == 1 and np.isfinite(engine.net.theta).all()


def test_the_stored_digits_are_scikit_learns() -> None:
    x, labels = projection.projected()
    stored, known = datasets.projected()
    assert np.array_equal(x, stored) and np.array_equal(labels, known)
    assert datasets.FILE.stat().st_size < 12_000


@pytest.mark.parametrize("name", CONTROLS["data"].values)
def test_data_are_drawn_from_the_generator_alone_and_noise_is_as_large_as_it_says(name: str) -> None:
    make = getattr(datasets, name)
    clean, labels = make(np.random.default_rng(3), 480, 0.0)
    noisy, same = make(np.random.default_rng(3), 480, 0.2)
    assert np.array_equal(labels, same)
    assert (noisy - clean).std() == pytest.approx(0.2, rel=0.1)
    assert abs(clean).max() < 4 and len(np.unique(labels)) == Settings.of({"data": name}).classes
    shares = np.bincount(labels) / 480
    assert abs(shares - 1 / len(shares)).max() < 0.06


def test_the_page_holds_what_nnlib_made() -> None:
    shown = figure()
    assert len(shown.page.encode()) < 100_000
    _, history = fitted(Settings(), EPOCHS)
    assert f"training loss {history.loss[-1]:.3f}" in shown.page
    assert set(sources()) == set(CONTROLS["data"].values)


# --- what the page claims -----------------------------------------------------------------------------------------

LINK = re.compile(r"\{state\}`([^<]*) <playground#playground\?([^>]*)>`")


def links() -> dict[str, str]:
    return dict(LINK.findall(PAGE.read_text("utf-8")))


def linked(pure: Callable[..., Any], words: str) -> dict[str, Any]:
    """The settings that the page's link with these words leads to."""
    texts = dict(pair.split("=") for pair in links()[words].split("&"))
    restored = pure("playground", "restore", figure_spec()["controls"], texts)
    assert restored["refused"] == []
    return {name: value for name, value in restored["settings"].items() if name != "pace"}


def trained(settings: dict[str, Any], epochs: int, seeds: range = range(3)) -> list[np.ndarray]:
    """The histories with some seeds, an epoch a row: loss, accuracy, and those of validation."""
    found = []
    for seed in seeds:
        engine = Engine(Settings.of({**settings, "seed": seed}))
        engine.advance(epochs=epochs)
        found.append(np.array(engine.history))
    return found


def test_each_link_of_the_page_leads_to_settings_that_there_are(pure: Callable[..., Any]) -> None:
    text = PAGE.read_text("utf-8")
    assert len(links()) == text.count("{state}") == 13
    for words in links():
        Settings.of(linked(pure, words))


def test_without_a_hidden_layer_exclusive_or_is_not_separated(pure: Callable[..., Any]) -> None:
    line = trained(linked(pure, "with none"), 60)
    assert max(h[:, 1].max() for h in line) < 0.75
    assert median(h[-1, 3] for h in trained(linked(pure, "with four units"), 100)) > 0.85


def test_two_units_leave_a_ring_open_and_three_close_it(pure: Callable[..., Any]) -> None:
    assert max(h[:, 1].max() for h in trained(linked(pure, "two"), 80)) < 0.93
    assert min(h[-1, 3] for h in trained(linked(pure, "three"), 80)) > 0.95


def test_sigmoids_fade_and_normalization_mends_them(pure: Callable[..., Any]) -> None:
    def shares(words: str) -> list[float]:
        frames = [Engine(Settings.of({**linked(pure, words), "seed": seed})).frame(20) for seed in range(9)]
        return [frame["gradients"][0] / frame["gradients"][-1] for frame in frames]

    faded = shares("with sigmoids")
    assert max(faded) < 0.1 and 1e-4 < median(faded) < 1e-2
    assert max(h[-1, 3] for h in trained(linked(pure, "with sigmoids"), 60)) < 0.7
    for words in ("with tanh", "with sigmoids behind batch normalization"):
        assert 0.1 < median(shares(words)) < 10
        assert median(h[-1, 3] for h in trained(linked(pure, words), 60)) > 0.85


def test_a_learning_rate_belongs_to_its_optimizer(pure: Callable[..., Any]) -> None:
    assert max(h[-1, 1] for h in trained(linked(pure, "SGD"), 150)) < 0.85
    adam = list(trained(linked(pure, "Adam"), 150))
    assert median(h[59, 1] for h in adam) > 0.93 and median(h[-1, 1] for h in adam) > 0.96
    assert median(h[-1, 1] for h in trained(linked(pure, "a rate ten times as large"), 150)) > 0.88


def test_without_a_penalty_the_noise_is_learned(pure: Callable[..., Any]) -> None:
    def excess(words: str) -> float:
        """How far above its lowest point the validation loss ends."""
        return median(h[-10:, 2].mean() / h[:, 2].min() - 1 for h in trained(linked(pure, words), 150))

    without, with_one = excess("without a penalty"), excess("with one")
    assert without > 0.12
    assert with_one < 0.12 and with_one < without / 2
