"""Regions, owners and stores."""

from domain.network.store_files import NetworkPorts
from qianmian.foundation import Foundation
from storage.divisions import read_divisions


def network_ports(base: Foundation) -> NetworkPorts:
    """Stores and their regions."""
    return NetworkPorts(reference=base.reference, writer=base.reference, divisions=read_divisions())
