"""Article D's Adam, so that chapters can set it beside the real one.

It differs from `nnlib.Adam` in the two corrections alone. Both sums start at zero, and
after s steps they have reached the shares 1 − β₁ˢ and 1 − β₂ˢ of what they should show.
Article D divides by 1 − β₁ and 1 − β₂ at every step, which is right at the first.
"""

from __future__ import annotations

import numpy as np

import nnlib


class ArticleAdam(nnlib.Adam):
    """m ← β₁m + (1 − β₁)g; r ← β₂r + (1 − β₂)g²; θ ← θ − η m̂/(√r̂ + ε).

    With m̂ = m/(1 − β₁) and r̂ = r/(1 − β₂), whatever the step. ε stands outside the
    root. Defaults are the article's: η = 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    Operations come in the article's order, so that even rounding is the same; they act
    on each entry alone, so that one vector for the whole network moves as the
    article's separate arrays do.
    """

    def update(self, theta: np.ndarray, grad: np.ndarray) -> None:
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.squares = self.beta2 * self.squares + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1)
        r_hat = self.squares / (1 - self.beta2)
        theta -= self.lr * m_hat / (np.sqrt(r_hat) + self.eps)
