"""Timing several contestants side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Contestant:
    """``run(k)`` does k steps, where k is a multiple of ``least``; ``compile_s`` seconds went before the first."""

    run: Callable[[int], None]
    least: int = 1
    compile_s: float = 0.0


def interleave(
    contestants: Mapping[Name, Contestant], *, rounds: int, block: float
) -> tuple[dict[Name, np.ndarray], float]:
    """Return each contestant's time for a step in each round, in s, and the share of the processor we had.

    In each round, each contestant in turn does a block of steps, about ``block`` seconds of them, in an order
    that moves on by one from round to round. What disturbs the machine for longer than a round disturbs all of
    them: compare within rounds. Times are of the processor, all threads together: they do not count the time
    that went to other programs, which the share tells (1 on an idle machine).
    """
    steps = {name: steps_in(contestant, block) for name, contestant in contestants.items()}
    names = list(contestants)
    times = {name: np.empty(rounds) for name in names}
    wall, processor = time.perf_counter(), time.process_time()
    for i in range(rounds):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            start = time.process_time()
            contestants[name].run(steps[name])
            times[name][i] = (time.process_time() - start) / steps[name]
    return times, (time.process_time() - processor) / (time.perf_counter() - wall)


def one_thread(contestants: Mapping[Name, Contestant], *, block: float) -> None:
    """Stop if one of them takes more processor time than time goes by. (A busy machine may hide it.)"""
    for name, contestant in contestants.items():
        steps = steps_in(contestant, block)
        wall, processor = time.perf_counter(), time.process_time()
        contestant.run(steps)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        if processor > 1.1 * wall:
            raise AssertionError(f"{name} runs on more than one thread: {processor:.3f} s of processor in {wall:.3f} s")


def steps_in(contestant: Contestant, block: float) -> int:
    """How many steps take about ``block`` seconds. To find out is to warm up, too."""
    steps = contestant.least
    while True:
        start = time.process_time()
        contestant.run(steps)
        seconds = time.process_time() - start
        if seconds > block / 2:
            return max(contestant.least, round(block / seconds * steps / contestant.least) * contestant.least)
        steps *= 2


def quartiles(values: np.ndarray) -> tuple[float, float, float]:
    low, median, high = np.percentile(values, [25, 50, 75])
    return float(low), float(median), float(high)
