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
    cost=lambda n, k, m: n * k * m,
    keep=lambda n, k, m: (n, m),
    *,
    flip=False,
    side=None,
    left_over=1,
    add=lambda total, cost: total + cost,
):
    """With another cost or shape of a product, until `left_over` matrices are left."""

    def program(shapes, from_left):
        shapes, total = list(shapes), 0
        left = from_left if side is None else side
        while len(shapes) > left_over:
            at = 0 if left != flip else len(shapes) - 2
            (n, k), (_, m) = shapes[at : at + 2]
            shapes[at : at + 2] = [keep(n, k, m)]
            total = add(total, cost(n, k, m))
        return total

    return program


def first_product(shapes, from_left):
    (n, k), (_, m) = shapes[:2] if from_left else shapes[-2:]
    return n * k * m


def neighbours(shapes, from_left):
    return sum(n * k * m for (n, k), (_, m) in pairwise(shapes))


def turned_list(shapes, from_left):
    """The list is turned round for the right end, and the shapes in it are not."""
    shapes = shapes if from_left else shapes[::-1]
    n, k = shapes[0]
    cost = 0
    for _, m in shapes[1:]:
        cost, k = cost + n * k * m, m
    return cost


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
    keep="the list that came in is changed: work on list(shapes)",
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
        "the ends are exchanged; and the result's size is counted, not the multiply–adds": (
            chain(lambda n, k, m: n * m, flip=True)
        ),
        "from_left is not used: always from the left": chain(side=True),
        "from_left is not used: always from the right": chain(side=False),
        "the product keeps the first factor's shape": chain(
            keep=lambda n, k, m: (n, k)
        ),
        "the product keeps the second factor's shape": chain(
            keep=lambda n, k, m: (k, m)
        ),
        "the product's shape is turned round: it is (n, m)": chain(
            keep=lambda n, k, m: (m, n)
        ),
        "multiplications and additions are counted apart: a multiply–add is one": [
            chain(lambda n, k, m: 2 * n * k * m),
            chain(lambda n, k, m: n * m * (2 * k - 1)),
        ],
        "one too few for each entry: it takes k multiply–adds": chain(
            lambda n, k, m: n * m * (k - 1)
        ),
        "the sizes of the factors are counted, not the multiply–adds": [
            chain(lambda n, k, m: n * k),
            chain(lambda n, k, m: k * m),
            chain(lambda n, k, m: n * k + k * m),
        ],
        "the sizes of the matrices in the list are counted, not the multiply–adds": (
            lambda shapes, from_left: sum(n * m for n, m in shapes)
        ),
        "the inner size counts twice: it costs n · k · m": chain(
            lambda n, k, m: n * k * k * m
        ),
        "an outer size counts twice, and the inner one is missing": [
            chain(lambda n, k, m: n * m * n),
            chain(lambda n, k, m: n * m * m),
        ],
        "sizes are added, not multiplied": chain(lambda n, k, m: n + k + m),
        "only the first product is counted": first_product,
        "the last product is missing: go on until one matrix is left": chain(
            left_over=2
        ),
        "only the last product is counted: add up the costs": chain(
            add=lambda total, cost: cost
        ),
        "costs are multiplied, not added": chain(
            add=lambda total, cost: (total or 1) * cost
        ),
        "neighbours in the list are multiplied: a product takes part in the next one": (
            neighbours
        ),
        "from the right: the list is turned round, but not the shapes in it": turned_list,
    },
)
