"""What a chain of products costs, from the left and from the right."""

from __future__ import annotations

from itertools import pairwise

from .grading import Case, Exercise


def chain_cost(shapes, from_left):
    shapes, cost = list(shapes), 0
    while len(shapes) > 1:
        i = 0 if from_left else len(shapes) - 2
        (n, _), (_, m) = shapes[i : i + 2]
        shapes[i : i + 2] = [(n, m)]
        cost += n * m
    return cost


def solution(shapes, from_left):
    shapes, cost = list(shapes), 0
    while len(shapes) > 1:
        i = 0 if from_left else len(shapes) - 2
        (n, k), (_, m) = shapes[i : i + 2]
        shapes[i : i + 2] = [(n, m)]
        cost += n * k * m
    return cost


def by_sizes(shapes, from_left):
    sizes = [n for n, _ in shapes] + [shapes[-1][1]]
    if not from_left:
        sizes = sizes[::-1]
    return sizes[0] * sum(k * m for k, m in pairwise(sizes[1:]))


def by_recursion(shapes, from_left):
    if len(shapes) == 1:
        return 0
    if from_left:
        (n, k), (_, m), *rest = shapes
        return n * k * m + by_recursion([(n, m), *rest], True)
    *rest, (n, k), (_, m) = shapes
    return n * k * m + by_recursion([*rest, (n, m)], False)


def chain(
    cost=lambda n, k, m: n * k * m, keep=lambda n, k, m: (n, m), flip=False, side=None
):
    def program(shapes, from_left):
        shapes, total = list(shapes), 0
        left = from_left if side is None else side
        while len(shapes) > 1:
            at = 0 if left != flip else len(shapes) - 2
            (n, k), (_, m) = shapes[at : at + 2]
            shapes[at : at + 2] = [keep(n, k, m)]
            total += cost(n, k, m)
        return total

    return program


def cases(rng):
    found = []
    for count in 3, 4, 2:
        sizes = [int(n) for n in rng.choice(range(2, 12), count + 1, replace=False)]
        shapes = list(pairwise(sizes))
        for side in True, False:
            where = "left" if side else "right"
            found.append(Case(f"{shapes} from the {where}", (shapes, side)))
    return found


exercise = Exercise(
    label="ex-speed-order",
    starter=chain_cost,
    solution=solution,
    rights=[by_sizes, by_recursion],
    cases=cases,
    rtol=0,
    atol=0.5,
    hints=[
        "A row of 3 numbers times a 3 × 3 matrix: how many products of two numbers?",
        "The result of (n, k) times (k, m) has n · m entries. How much work is one of "
        "them?",
        "Each entry takes k multiply–adds, so the product costs `n * k * m`.",
    ],
    mistakes={
        "the size of the result is counted, not the multiply–adds": chain_cost,
        "the ends are exchanged": chain(flip=True),
        "from_left is not used: always from the left": chain(side=True),
        "from_left is not used: always from the right": chain(side=False),
        "the product keeps the first factor's shape": chain(
            keep=lambda n, k, m: (n, k)
        ),
        "multiplications and additions are counted apart: a multiply–add is one": chain(
            cost=lambda n, k, m: 2 * n * k * m
        ),
        "sizes are added, not multiplied": chain(cost=lambda n, k, m: n + k + m),
    },
)
