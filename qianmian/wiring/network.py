"""Regions, owners and stores."""

from domain.network.directory import NetworkPorts
from qianmian.foundation import Foundation
from storage.advertising_claims import read_claims
from storage.divisions import read_divisions


def network_ports(base: Foundation) -> NetworkPorts:
    """Stores and their regions."""
    return NetworkPorts(
        source=base.reference,
        writer=base.reference,
        divisions=read_divisions(),
        wording=read_claims(),
    )
