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
    """How likely two rates, as (successes, tries), differ so by chance: Fisher's exact test (1935).

    Two-sided: all that is as unlikely as what was seen, or more so. It holds for any sizes, however
    rare successes are, where a normal statistic alarms too often.
    """
    (x, n), (y, m) = one, other
    least, most = max(0, x + y - m), min(n, x + y)
    if least >= most:
        return 1.0
    mean = (x + y) * n / (n + m)
    # What lies further out than forty standard deviations, by a bound of them, weighs nothing.
    far = 40 * (1 + math.sqrt(mean * m / (n + m)))
    span = range(max(least, int(mean - far)), min(most, int(mean + far)) + 1)
    logs = {k: _ways(n, k) + _ways(m, x + y - k) for k in span}
    top = max(logs.values())
    likely = {k: math.exp(one - top) for k, one in logs.items()}
    # Two that are equally likely differ by what rounding leaves.
    seen = likely.get(x, 0.0) * (1 + 1e-7)
    return min(1.0, sum(one for one in likely.values() if one <= seen) / sum(likely.values()))


def means_differ(one: tuple[int, float, float], other: tuple[int, float, float]) -> float:
    """The same of two means, as (count, sum, sum of squares).

    The variance is that of both together, as it is where there is no difference: of sums that
    are mostly 0, a small arm has by chance none and then, alone, seems to have no variance. The
    statistic is taken for normal, which needs some dozens in each that are not 0.
    """
    (n, sum_n, squares_n), (m, sum_m, squares_m) = one, other
    if n < 2 or m < 2:
        return 1.0
    total = sum_n + sum_m
    variance = max(0.0, squares_n + squares_m - total * total / (n + m)) / (n + m - 1)
    spread = math.sqrt(variance * (1 / n + 1 / m))
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


def _ways(n: int, k: int) -> float:
    """The logarithm of in how many ways k of n can be chosen."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))
