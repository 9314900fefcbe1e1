"""The zoo's bugs as changes of a healthy program's text: what a patient has in place of what it should have.

The tests hold each against the zoo: the same checks must see it.
"""

# In place of a part of the family's, where a bug needs another.
PARTS = {
    "forgotten transpose": {"middle": "Square"},
    "transposed gradient": {"middle": "Square"},
    "empty last batch": {"network": "RowByRow"},
}

CLASS_LOSS = """\
        rows = np.arange(len(y))
        p = np.maximum(y[rows, t], np.finfo(float).tiny)
        g = np.zeros_like(y)
        g[rows, t] = -1 / p
        return -np.log(p).mean(), g / len(y)"""
BINARY_LOSS = """\
        rows = np.eye(y.shape[1])[t]
        p, q = np.maximum(y, 1e-300), np.maximum(1 - y, 1e-300)
        value = -(rows * np.log(p) + (1 - rows) * np.log(q)).sum() / len(y)
        return value, ((1 - rows) / q - rows / p) / len(y)"""
SLOPE_OF_SOFTMAX = "self.p * (g - (g * self.p).sum(axis=1, keepdims=True))"
DIAGONAL = "g * self.p * (1 - self.p)"
PATHS = "g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0)"
SOFTMAX = """\
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)"""
STATISTICS = """\
        self.running_mean = 0.9 * self.running_mean + 0.1 * self.mean
        self.running_var = 0.9 * self.running_var + 0.1 * self.var"""
MODES = """\
        if training:
            self.mean, self.var = x.mean(axis=0), x.var(axis=0)
        else:
            self.mean, self.var = self.running_mean, self.running_var"""
FRESH = "self.m, self.r, self.s = np.zeros_like(theta), np.zeros_like(theta), 0"
USED = """\
used = nnlib.Adam(self.lr)  # it has trained another network
        for _ in range(20):
            used.step(np.zeros_like(theta), np.full_like(theta, 2.0))
        self.m, self.r, self.s = used.m, used.squares, used.steps"""
TWICE = """\


class Softmax(nnlib.Layer):
    def f(self, x, training):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def vjp(self, g):
        return self.p * (g - (g * self.p).sum(axis=1, keepdims=True))


class SoftmaxCrossEntropy"""

# A bug: what is changed, (healthy text, broken text) one after the other; each healthy text stands in its program once.
EDITS = {
    "wrong sign": [("return g @ self.W.T", "return -g @ self.W.T")],
    "forgotten transpose": [
        (
            "return g @ self.W.T\n\n\nclass Tanh",
            "return g @ self.W\n\n\nclass Tanh",
        )
    ],
    "transposed gradient": [
        (
            "(N, n)\n\n    def gradients(self, g):\n        self.dW = self.x.T @ g",
            "(N, n)\n\n    def gradients(self, g):\n        self.dW = g.T @ self.x",
        )
    ],
    "bias over both axes": [("self.db = g.sum(axis=0)", "self.db = g.sum()")],
    "bias not summed": [("self.db = g.sum(axis=0)", "self.db = g")],
    "bias forgotten": [("\n        self.db = g.sum(axis=0)", "")],
    "bias averaged": [("self.db = g.sum(axis=0)", "self.db = g.mean(axis=0)")],
    "updated too early": [
        (
            "return g @ self.W.T",
            "W = self.W - 2.5 * self.dW\n        return g @ W.T",
        )
    ],
    "stale input": [
        (
            "class Dense(nnlib.Dense):\n",
            "class Dense(nnlib.Dense):\n    first = None\n\n",
        ),
        (
            "        self.x = x  # (N, n_in)",
            "        if training and (self.first is None or len(self.first) != len(x)):\n"
            "            self.first = x  # (N, n_in)\n"
            "        self.x = x if self.first is None else self.first",
        ),
    ],
    "accumulated": [
        ("self.dW = self.x.T @ g", "self.dW += self.x.T @ g"),
        ("self.db = g.sum", "self.db += g.sum"),
    ],
    "slope of z": [("1 - self.a**2", "1 - self.z**2")],
    "no slope": [("return g * (1 - self.a**2)", "return g")],
    "sigmoid of sigmoid": [
        (
            "return g * self.a * (1 - self.a)",
            "slope = 1 / (1 + np.exp(-self.a))\n        return g * slope * (1 - slope)",
        )
    ],
    "mask from gradient": [("self.z > 0", "g > 0")],
    "right slope at 0": [("self.z > 0", "self.z >= 0")],
    "ReLU by reduction": [("np.maximum(x, 0)", "np.max(x, 0)")],
    "tanh by exponentials": [("np.tanh(x)", "2 / (1 + np.exp(-2 * x)) - 1")],
    "upward": [("g[rows, t] -= 1", "g[rows, t] -= 1\n        g = -g")],
    "missing 1/N": [("/ 2 / len(y), g / len(y)", "/ 2 / len(y), g")],
    "broadcast targets": [
        (
            "g = y - t  # (N, K)\n        return (g**2).sum() / 2 / len(y), g / len(y)",
            "g = y - t.ravel()\n"
            "        return (g**2).mean() / 2, g.mean(axis=1, keepdims=True) / len(y)",
        )
    ],
    "diagonal softmax": [(SLOPE_OF_SOFTMAX, DIAGONAL)],
    "skipped softmax": [(SLOPE_OF_SOFTMAX, "g")],
    "binary loss": [(CLASS_LOSS, BINARY_LOSS)],
    "two that cancel": [(CLASS_LOSS, BINARY_LOSS), (SLOPE_OF_SOFTMAX, DIAGONAL)],
    "clipped at 1e-15": [
        (
            "np.maximum(y[rows, t], np.finfo(float).tiny)",
            "np.clip(y[rows, t], 1e-15, 1 - 1e-15)",
        )
    ],
    "log 0 is 0": [
        (
            "return -np.log(p).mean()",
            "p = np.where(y[rows, t] > 0, p, 1)\n        return -np.log(p).mean()",
        )
    ],
    "clipped exponents": [
        ("np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(np.clip(x, -88.7, 88.7))")
    ],
    "softmax twice": [
        ("\n\nclass SoftmaxCrossEntropy", TWICE),
        ("loss=SoftmaxCrossEntropy", "last=Softmax,\n    loss=SoftmaxCrossEntropy"),
    ],
    "wrong axis": [
        (
            SOFTMAX,
            SOFTMAX.replace("axis=1", "axis=0"),
        ),
        (SLOPE_OF_SOFTMAX, SLOPE_OF_SOFTMAX.replace("axis=1", "axis=0")),
        (
            "class CrossEntropy(nnlib.CrossEntropy):\n",
            "class CrossEntropy(nnlib.CrossEntropy):\n"
            "    def check_outputs(self, y):\n        pass\n\n",
        ),
    ],
    "dropped both terms": [(PATHS, "g")],
    "dropped one term": [(PATHS, "g - g.mean(axis=0)")],
    "N and N − 1": [("x.var(axis=0)", "x.var(axis=0, ddof=1)")],
    "frozen statistics": [(STATISTICS, "        pass")],
    "always training": [
        (MODES, "        self.mean, self.var = x.mean(axis=0), x.var(axis=0)")
    ],
    "half decay": [("return 2 * self.lam * w", "return 0.5 * self.lam * w / 20")],
    "decayed biases": [
        (
            "self.penalty.gradient(layer.W)",
            "self.penalty.gradient(layer.W)\n"
            "                layer.db += self.penalty.gradient(layer.b)",
        )
    ],
    "empty last batch": [("range(0, len(x), size)", "range(0, len(x) + 1, size)")],
    "one row too few": [
        (
            "rows = order[start : start + size]",
            "rows = order[start : start + size][:-1]",
        )
    ],
    "shuffled apart": [("x[rows], t[rows]", "x[rows], t[start : start + size]")],
    "constant correction": [
        ("1 - self.beta1**self.s", "1 - self.beta1"),
        ("1 - self.beta2**self.s", "1 - self.beta2"),
    ],
    "used copy": [(FRESH, USED)],
    "empty velocity": [("np.zeros_like(theta)", "np.array([])")],
}
