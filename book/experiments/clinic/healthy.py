"""The parts of a healthy program, as a reader would write them: what the clinic's patients are made of.

Each is printed on the clinic's page, so it holds maths alone. `nnlib`'s classes, which they
inherit from, make their arrays and check what they are given.
"""

import numpy as np

import nnlib


class Dense(nnlib.Dense):
    def f(self, x, training):
        self.x = x  # (N, n_in)
        return x @ self.W + self.b  # (N, n_out)

    def gradients(self, g):
        self.dW = self.x.T @ g
        self.db = g.sum(axis=0)

    def vjp(self, g):
        return g @ self.W.T


class Square(nnlib.Dense):  # the layer in the middle
    def f(self, x, training):
        self.x = x  # (N, n)
        return x @ self.W + self.b  # (N, n)

    def gradients(self, g):
        self.dW = self.x.T @ g
        self.db = g.sum(axis=0)

    def vjp(self, g):
        return g @ self.W.T


class Tanh(nnlib.Tanh):
    def f(self, x, training):
        self.z, self.a = x, np.tanh(x)
        return self.a

    def vjp(self, g):
        return g * (1 - self.a**2)


class ReLU(nnlib.ReLU):
    def f(self, x, training):
        self.z = x
        return np.maximum(x, 0)

    def vjp(self, g):
        return g * (self.z > 0)


class Sigmoid(nnlib.Sigmoid):
    def f(self, x, training):
        e = np.exp(np.minimum(x, 40))
        self.a = e / (1 + e)
        return self.a

    def vjp(self, g):
        return g * self.a * (1 - self.a)


class BatchNorm(nnlib.BatchNorm):
    def f(self, x, training):
        if training:
            self.mean, self.var = x.mean(axis=0), x.var(axis=0)
        else:
            self.mean, self.var = self.running_mean, self.running_var
        self.std = np.sqrt(self.var + self.eps)
        self.x_hat = (x - self.mean) / self.std
        return self.gamma * self.x_hat + self.beta

    def gradients(self, g):
        self.dgamma = (g * self.x_hat).sum(axis=0)
        self.dbeta = g.sum(axis=0)

    def vjp(self, g):  # of a batch in training
        paths = g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0)
        return self.gamma / self.std * paths

    def update_statistics(self):
        self.running_mean = 0.9 * self.running_mean + 0.1 * self.mean
        self.running_var = 0.9 * self.running_var + 0.1 * self.var


class Softmax(nnlib.Softmax):
    def f(self, x, training):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def vjp(self, g):
        return self.p * (g - (g * self.p).sum(axis=1, keepdims=True))


class SoftmaxCrossEntropy(nnlib.SoftmaxCrossEntropy):
    def f(self, y, t):
        rows = np.arange(len(y))
        z = y - y.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        g = np.exp(log_p)
        g[rows, t] -= 1
        return -log_p[rows, t].mean(), g / len(y)


class CrossEntropy(nnlib.CrossEntropy):
    def f(self, y, t):
        rows = np.arange(len(y))
        p = np.maximum(y[rows, t], np.finfo(float).tiny)
        g = np.zeros_like(y)
        g[rows, t] = -1 / p
        return -np.log(p).mean(), g / len(y)


class SquaredError(nnlib.SquaredError):
    def f(self, y, t):
        g = y - t  # (N, K)
        return (g**2).sum() / 2 / len(y), g / len(y)


class L2(nnlib.L2):
    def __call__(self, w):
        return self.lam * (w**2).sum()

    def gradient(self, w):
        return 2 * self.lam * w


class Network(nnlib.Network):
    def loss_and_grad(self, x, t):
        value, g = self.loss.value_and_grad(self.forward(x, training=True), t)
        for layer in reversed(self.layers):
            g = layer.backward(g)
            if self.penalty and "W" in layer.parameters:
                value += self.penalty(layer.W)
                layer.dW += self.penalty.gradient(layer.W)
        return value


class RowByRow(nnlib.Network):
    def loss_and_grad(self, x, t):
        total, value, count = np.zeros_like(self.grad), 0.0, np.float64(len(x))
        for i in range(len(x)):
            value += super().loss_and_grad(x[i : i + 1], t[i : i + 1])
            total += self.grad
        self.grad[...] = total / count
        return value / count


class SGD(nnlib.SGD):
    def update(self, theta, grad):
        theta -= self.lr * grad


class Nesterov(nnlib.Nesterov):
    def __init__(self, lr):
        super().__init__(lr, 0.9)

    def start(self, theta):
        self.v = np.zeros_like(theta)

    def update(self, theta, grad):
        self.v = self.momentum * self.v + grad
        theta -= self.lr * (grad + self.momentum * self.v)


class Adam(nnlib.Adam):
    def start(self, theta):
        self.m, self.r, self.s = np.zeros_like(theta), np.zeros_like(theta), 0

    def update(self, theta, grad):
        self.s += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.r = self.beta2 * self.r + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.s)
        r_hat = self.r / (1 - self.beta2**self.s)
        theta -= self.lr * m_hat / (np.sqrt(r_hat) + self.eps)


def batches(x, t, size, rng):
    order = np.random.default_rng(rng).permutation(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x[rows], t[rows]
