from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import perf_counter
from typing import Any

ROUNDS = 5


def times_ms(call: Callable[[Any], Any], inputs: Sequence[Any]) -> list[float]:
    """Milliseconds of one call for each input."""
    taken = []
    for value in inputs:
        begun = perf_counter()
        call(value)
        taken.append((perf_counter() - begun) * 1000)
    return taken


def p50_p99(taken: Sequence[float]) -> tuple[float, float]:
    return median(taken), quantiles(taken, n=100)[98]


def in_turns(
    ours: Callable[[Any], Any], baseline: Callable[[Any], Any], inputs: Sequence[Any]
) -> dict[str, float]:
    """Medians over the rounds of each one's p50 and p99, and of the ratios round by round."""
    rounds = []
    for _ in range(ROUNDS):
        a50, a99 = p50_p99(times_ms(ours, inputs))
        b50, b99 = p50_p99(times_ms(baseline, inputs))
        rounds.append((a50, a99, b50, b99, a50 / b50, a99 / b99))
    names = ("p50", "p99", "baseline p50", "baseline p99", "ratio p50", "ratio p99")
    return {name: median(values) for name, values in zip(names, zip(*rounds, strict=True), strict=True)}
