"""Memory: what an idle connection adds to a server, and what the demonstration configuration takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import wire
from .load import Load, idle_connections, run_load
from .machine import Machine
from .peers import Peer
from .processes import Place, Server, free_port, resident_bytes


@dataclass(frozen=True)
class Idle:
    connections: int
    before: int  # bytes resident, all processes of the server together
    bytes_per_connection: float


def measure_idle(machine: Machine, peer: Peer, connections: int, body_length: int) -> Idle:
    """Every connection has had one answer, as a browser's or a proxy's idle connection has.

    They are opened in two halves, and the greater of two means counts: over all of them, and over the second
    half alone. Memory that a server has had since its start and finds free again hides the cost of the first
    connections; a table that grows by doubling hides that of the last.
    """
    server = peer.server("json", closing=False)
    load = Load(peer.port("json", closing=False), wire.fetch(), 20 * 64, body_length=body_length)
    run_load(machine, server, load)
    resident = [resident_bytes(server.pids())]
    half = replace(load, requests=connections // 2, idle=connections // 2)
    with idle_connections(machine, server, half):
        resident.append(resident_bytes(server.pids()))
        with idle_connections(machine, server, half):
            resident.append(resident_bytes(server.pids()))
    server.check()
    before, middle, after = resident
    return Idle(connections, before, max((after - before) / connections, (after - middle) / (connections // 2)))


def measure_demonstration(machine: Machine, requests: int) -> int:
    """Resident bytes of `understudy serve` without a file, after it has answered in both formats."""
    port = free_port()
    cores = Place(machine.server.cores | machine.client.cores)
    server = Server("understudy-demonstration", [str(machine.understudy), "serve"], machine.folder, cores,
                    {"UNDERSTUDY_SERVER_LISTEN": f"127.0.0.1:{port}"})
    server.wait_for_port(port)
    for request in (wire.fetch(origin="http://localhost:3000"), wire.page()):
        run_load(machine, server, Load(port, request, requests))
    resident = resident_bytes(server.pids())
    server.stop()
    return resident
