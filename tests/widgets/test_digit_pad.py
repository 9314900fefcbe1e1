"""The digit pad: its folded network is the network, and it refuses what it cannot show; its script, without a page."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from widgets import digit_pad
from widgets.digit_pad import fold, written

import nnlib

Pure = Callable[..., Any]


def network(*layers: nnlib.Layer, **how: Any) -> nnlib.Network:
    """A network whose running statistics, scales and shifts are not the first ones."""
    net = nnlib.Network(*layers, **{"loss": nnlib.SoftmaxCrossEntropy(), "rng": 0, **how})
    rng = np.random.default_rng(0)
    net.theta += rng.normal(0, 0.5, net.n_params)
    for _ in range(5):
        net.forward(rng.normal(1, 2, (20, net.n_in)), training=True)
    return net


def whole() -> nnlib.Network:
    return network(
        nnlib.Dense(64, 7),
        nnlib.BatchNorm(7),
        nnlib.Sigmoid(),
        nnlib.Dense(7, 5, bias=False),
        nnlib.BatchNorm(5),
        nnlib.ReLU(),
        nnlib.Dense(5, 10),
    )


def images(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    return rng.integers(0, 17, (n, 64)), rng.integers(0, 10, n)


def test_the_folded_network_is_the_network() -> None:
    net = whole()
    x = np.random.default_rng(1).random((30, 64))
    a = x
    layers = fold(net)
    assert [bend for _, _, bend in layers] == ["sigmoid", "relu", ""]
    for W, b, bend in layers:
        z = a @ W + b
        a = {"sigmoid": 1 / (1 + np.exp(-z)), "relu": np.maximum(z, 0), "": z}[bend]
    np.testing.assert_allclose(a, net.forward(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "layers",
    [
        [nnlib.BatchNorm(64), nnlib.Dense(64, 10)],
        [nnlib.Dense(64, 10), nnlib.Sigmoid(), nnlib.BatchNorm(10)],
        [nnlib.Dense(64, 10), nnlib.Tanh()],
        [nnlib.Dense(64, 10), nnlib.Sigmoid(), nnlib.ReLU()],
        [nnlib.Sigmoid(), nnlib.Dense(64, 10)],
    ],
    ids=lambda layers: " ".join(type(layer).__name__ for layer in layers),
)
def test_a_layer_that_it_cannot_fold_is_named(layers: list[nnlib.Layer]) -> None:
    net = nnlib.Network(*layers, loss=nnlib.SoftmaxCrossEntropy())
    with pytest.raises(ValueError, match="expected Dense, BatchNorm after it, Sigmoid or ReLU, got"):
        fold(net)


def pad(net: nnlib.Network | None = None, label: str = "a-pad") -> Any:
    return digit_pad(net or whole(), images(50), images(3), far=900, label=label)


def stored(page: str) -> dict[str, Any]:
    """The data in a page's element."""
    found = re.search(r"<script type=.application/json.>(.*?)</script>", page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_is_small_and_the_same_each_time() -> None:
    pages = [pad().page for _ in range(2)]
    assert pages[0] == pages[1] and len(pages[0]) < 50_000


def test_the_page_holds_a_picture_its_answer_and_data_alone() -> None:
    net = whole()
    page = pad(net).page
    x, labels = images(3)
    guess = net.predict(x[:1] / 16)[0]
    said = f"The network says {guess}, with probability"
    alt = re.search(r'alt="(.*?)"', page)
    assert alt and said in alt[1] and f"test image {labels[0]}" in alt[1] and f"<li>{said}" in page
    assert page.count("<script") == 1 and "<style" not in page and "style=" not in page
    data = stored(page)
    assert data["far"] == 900 and len(data["training"]["labels"]) == 50
    pixels = [ord(letter) - ord("A") for letter in data["examples"]["pixels"]]
    assert pixels == x.ravel().tolist() and data["examples"]["labels"] == "".join(map(str, labels))
    for (W, b, activation), layer in zip(fold(net), data["layers"], strict=True):
        assert layer["shape"] == list(W.shape) and layer["activation"] == activation
        for array, text in ((W, layer["W"]), (b, layer["b"])):
            got = np.frombuffer(base64.b64decode(text), "<f4")
            np.testing.assert_allclose(got, array.ravel(), rtol=1e-6)


def test_the_still_picture_shows_the_levels_and_the_shares() -> None:
    net = whole()
    picture = re.search(r"data:image/svg\+xml;base64,([^\"]+)", pad(net).page)
    assert picture
    tree = ElementTree.fromstring(base64.b64decode(picture[1]))
    rects = tree.findall("{*}rect")
    levels = [float(rect.get("fill-opacity", 0)) for rect in rects if rect.get("fill-opacity")]
    np.testing.assert_allclose(levels, images(3)[0][0] / 16, atol=1e-4)
    p = net.predict_proba(images(3)[0][:1] / 16)[0]
    texts = [text.text for text in tree.findall("{*}text")]
    assert texts == [word for k, share in enumerate(p) for word in (str(k), f"{100 * share:.1f} %")]
    bars = [float(rect.get("width", 0)) for rect in rects[-10:]]
    np.testing.assert_allclose(bars, 140 * p, atol=0.01)


def test_whatever_is_passed_in_is_escaped() -> None:
    page = pad(label='a"><script>alert(1)</script>').page
    assert page.count("<script") == 1 and "alert(1)</script>" not in page.replace("&lt;/script&gt;", "")


def test_bad_input_is_refused() -> None:
    net, good = whole(), images(3)
    for bad in (
        (good[0] / 16, good[1]),  # no whole numbers
        (good[0] + 1, good[1]),  # above 16, most of them somewhere
        (good[0][:, :63], good[1]),
        (good[0], good[1][:2]),
        (good[0], good[1] + 10),
        (good[0][:0], good[1][:0]),
    ):
        with pytest.raises(ValueError, match="training: expected images"):
            digit_pad(net, bad, good, far=900, label="a-pad")
        with pytest.raises(ValueError, match="examples: expected images"):
            digit_pad(net, good, bad, far=900, label="a-pad")
    other = network(nnlib.Dense(64, 3))
    with pytest.raises(ValueError, match="64 inputs, ten outputs"):
        digit_pad(other, good, good, far=900, label="a-pad")
    squares = nnlib.Network(nnlib.Dense(64, 10), loss=nnlib.SquaredError())
    with pytest.raises(ValueError, match="SoftmaxCrossEntropy"):
        digit_pad(squares, good, good, far=900, label="a-pad")
    with pytest.raises(ValueError, match="fewer training images"):
        digit_pad(net, images(4000), good, far=900, label="a-pad")


# --- the script, without a page ----------------------------------------------------------------------------------


def test_the_script_reads_what_python_wrote(pure: Pure) -> None:
    x, labels = images(3)
    got = pure("pad", "images", written("examples", x, labels))
    assert [one["label"] for one in got] == labels.tolist()
    assert [one["ink"] for one in got] == x.tolist()
    numbers = np.array([0.5, -1.25, 3e-7], "<f4")
    text = base64.b64encode(numbers.tobytes()).decode()
    assert pure("pad", "floats", text) == [float(v) for v in numbers]


def test_the_script_answers_as_the_network_does(pure: Pure) -> None:
    net = whole()
    layers = [
        {"shape": W.shape, "W": W.ravel().tolist(), "b": b.tolist(), "activation": activation}
        for W, b, activation in fold(net)
    ]
    for ink in images(5)[0]:
        p = pure("pad", "answer", layers, ink.tolist())
        np.testing.assert_allclose(p, net.predict_proba(ink[None] / 16)[0], rtol=1e-9)
        assert pure("pad", "best", p) == net.predict(ink[None] / 16)[0]


def test_large_logits_do_not_overflow(pure: Pure) -> None:
    layer = {"shape": [64, 10], "W": [0.0] * 640, "b": [1000.0] + [0.0] * 8 + [1000.0], "activation": ""}
    p = pure("pad", "answer", [layer], [0] * 64)
    assert p == [0.5] + [0.0] * 8 + [0.5]
    assert pure("pad", "best", p) == 0  # the first of equals, as argmax has it


def test_the_nearest_image_is_found_with_its_distance(pure: Pure) -> None:
    x, labels = images(40)
    known = [{"label": int(k), "ink": ink.tolist()} for k, ink in zip(labels, x, strict=True)]
    for ink in images(4)[0]:
        image, distance = pure("pad", "nearest", known, ink.tolist())
        distances = ((x - ink) ** 2).sum(axis=1)
        assert distance == distances.min() and image["ink"] == x[distances.argmin()].tolist()


def disc(x: float, y: float) -> set[tuple[int, int]]:
    """The points of the 32 × 32 within 0.8 cells of a place."""
    i, j = np.mgrid[:32, :32]
    inside = np.hypot((j + 0.5) / 4 - x, (i + 0.5) / 4 - y) <= 0.8
    return {(int(a), int(b)) for a, b in np.argwhere(inside)}


@pytest.mark.parametrize("place", [(3.5, 4.5), (0.0, 0.0), (7.9, 0.1), (2.25, 7.99), (-3.0, 4.0)])
def test_the_brush_is_round(pure: Pure, place: tuple[float, float]) -> None:
    got = pure("pad", "brush", place, place)
    assert {divmod(point, 32) for point in got} == disc(*place)


def test_a_fast_stroke_leaves_no_gap(pure: Pure) -> None:
    got = {divmod(point, 32) for point in pure("pad", "brush", [0.5, 0.5], [7.5, 6.5])}
    for share in np.linspace(0.1, 1, 40):
        i, j = int(4 * (0.5 + 6 * share)), int(4 * (0.5 + 7 * share))
        assert (i, j) in got
    assert disc(7.5, 6.5) <= got


def test_ink_counts_points_and_only_grows(pure: Pure) -> None:
    rng = np.random.default_rng(0)
    before = rng.integers(0, 17, 64)
    chosen = rng.choice(1024, 300, replace=False)
    count = np.zeros((8, 8), int)
    for point in chosen:
        i, j = divmod(int(point), 32)
        count[i // 4, j // 4] += 1
    got = pure("pad", "inked", before.tolist(), chosen.tolist())
    assert got == np.maximum(before, count.ravel()).tolist()
    wiped = pure("pad", "inked", before.tolist(), chosen.tolist(), True)
    assert wiped == np.maximum(0, before - count.ravel()).tolist()


@pytest.mark.parametrize("move", [(0, 1), (0, -1), (1, 0), (-1, 0), (2, -3)])
def test_what_moves_out_is_lost(pure: Pure, move: tuple[int, int]) -> None:
    ink = np.arange(1, 65).reshape(8, 8)
    wide = np.zeros((24, 24), int)
    wide[8 + move[0] : 16 + move[0], 8 + move[1] : 16 + move[1]] = ink
    assert pure("pad", "moved", ink.ravel().tolist(), *move) == wide[8:16, 8:16].ravel().tolist()


def test_words(pure: Pure) -> None:
    p = [0.1, 0.7, 0.2]
    assert pure("pad", "spoken", p, False, False) == "The network says 1, with probability 0.70."
    assert pure("pad", "spoken", [0.995, 0.005], False, False) == "The network says 0, with probability above 0.99."
    assert pure("pad", "spoken", [0.994, 0.006], False, False) == "The network says 0, with probability 0.99."
    strange = "The network says 1, with probability 0.70. But the drawing is unlike anything it was trained on."
    assert pure("pad", "spoken", p, False, True) == strange
    blank = "The pad is blank. The network cannot say so: it would still answer 1, with probability 0.70."
    assert pure("pad", "spoken", p, True, True) == blank
    assert [pure("pad", "withArticle", digit) for digit in (0, 8)] == ["a 0", "an 8"]
    assert [pure("pad", "percent", share) for share in (0, 0.12345, 1)] == ["0.0 %", "12.3 %", "100.0 %"]
    assert pure("pad", "isBlank", [0] * 64) is True and pure("pad", "isBlank", [0] * 63 + [1]) is False
