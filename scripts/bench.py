"""Measure the numbers that the project promises, each against a bare yardstick in the same run."""

import importlib
import sys

BENCHES = (
    "attacks",
    "checkout",
    "claims",
    "contact",
    "content",
    "facts",
    "guiding",
    "hostile",
    "insight",
    "journeys",
    "members",
    "money",
    "orders",
    "posters",
    "products",
    "promotions",
    "storefront",
)


def main() -> int:
    """Run one benchmark with the rest of the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHES:
        print(f"usage: scripts/bench {{{','.join(BENCHES)}}} [options]; each has a --help")
        return 2
    name = sys.argv.pop(1)
    result: int = importlib.import_module(f"scripts.bench_{name}").main()
    return result


if __name__ == "__main__":
    raise SystemExit(main())
