"""Measure the numbers that the project promises, each against a bare yardstick in the same run."""

import argparse

from scripts import bench_posters


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    posters = commands.add_parser("posters", help="posters for many guides from one template")
    bench_posters.add_arguments(posters)
    options = parser.parse_args()
    bench_posters.run(options.guides, options.template)


if __name__ == "__main__":
    main()
