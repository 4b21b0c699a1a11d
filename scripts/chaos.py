"""Kill processes under load, then check that nothing is lost or half done."""

import sys

from scripts import chaos_orders, chaos_service

CHAOS = {"orders": chaos_orders.main, "service": chaos_service.main}


def main() -> int:
    """Make one kind of chaos with the rest of the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in CHAOS:
        print(f"usage: scripts/chaos {{{','.join(CHAOS)}}} [options]; each has a --help")
        return 2
    return CHAOS[sys.argv.pop(1)]()


if __name__ == "__main__":
    raise SystemExit(main())
