"""What a difference is worth: intervals of rates, and how likely chance alone makes one."""

import math
from collections.abc import Sequence
from statistics import NormalDist

_NORMAL = NormalDist()


def wilson(successes: int, tries: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval in which a rate lies, by Wilson's score (1927); all of 0 to 1 without tries."""
    if tries == 0:
        return 0.0, 1.0
    z = _NORMAL.inv_cdf(0.5 + confidence / 2)
    rate = successes / tries
    middle = rate + z * z / (2 * tries)
    spread = z * math.sqrt(rate * (1 - rate) / tries + z * z / (4 * tries * tries))
    whole = 1 + z * z / tries
    # What rounding leaves beside 0 or 1 is none.
    low = max(0.0, (middle - spread) / whole) if successes else 0.0
    high = min(1.0, (middle + spread) / whole) if successes < tries else 1.0
    return low, high


def rates_differ(one: tuple[int, int], other: tuple[int, int]) -> float:
    """How likely two rates, as (successes, tries), differ so by chance; pooled z, two-sided."""
    (x, n), (y, m) = one, other
    if not n or not m:
        return 1.0
    pooled = (x + y) / (n + m)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return _two_sided((x / n - y / m) / spread) if spread else 1.0


def means_differ(one: tuple[int, float, float], other: tuple[int, float, float]) -> float:
    """The same of two means, as (count, sum, sum of squares), by Welch's statistic.

    It is taken for normal, which needs some dozens of each.
    """
    (n, sum_n, squares_n), (m, sum_m, squares_m) = one, other
    if n < 2 or m < 2:
        return 1.0
    variance_n = max(0.0, squares_n - sum_n * sum_n / n) / (n - 1)
    variance_m = max(0.0, squares_m - sum_m * sum_m / m) / (m - 1)
    spread = math.sqrt(variance_n / n + variance_m / m)
    return _two_sided((sum_n / n - sum_m / m) / spread) if spread else 1.0


def shares_fit(counts: Sequence[int], weights: Sequence[int]) -> float:
    """How likely chance splits so many so far from their weights; Pearson's chi-square."""
    total, whole = sum(counts), sum(weights)
    if not total:
        return 1.0
    expected = [total * weight / whole for weight in weights]
    distance = sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True))
    return chi_square_beyond(distance, len(counts) - 1)


def chi_square_beyond(x: float, degrees: int) -> float:
    """How likely a chi-square of some degrees of freedom is beyond x; its closed forms."""
    half = x / 2
    if degrees % 2 == 0:
        terms = (half**i / math.factorial(i) for i in range(degrees // 2))
        return math.exp(-half) * sum(terms)
    terms = (half ** (i - 0.5) / math.gamma(i + 0.5) for i in range(1, (degrees + 1) // 2))
    return math.erfc(math.sqrt(half)) + math.exp(-half) * sum(terms)


def alpha_at(look: int, looks: int, alpha: float) -> float:
    """What of the chance of a false alarm a look has to itself, counted from 1.

    Spent as O'Brien and Fleming would, by the function of Lan and DeMets (1983): little early on,
    most at the end. Each look has what is newly spent, so that by Boole's inequality all looks
    together alarm at most as often as `alpha` says, however much or little each of them has seen.
    """
    return _spent(look / looks, alpha) - (_spent((look - 1) / looks, alpha) if look > 1 else 0.0)


def _spent(part: float, alpha: float) -> float:
    z = _NORMAL.inv_cdf(1 - alpha / 2)
    return 2 - 2 * _NORMAL.cdf(z / math.sqrt(part))


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))
