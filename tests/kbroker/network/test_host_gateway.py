"""Where clients on a container's host come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbroker.network import host_gateway as module
from kbroker.network.host_gateway import gateway_of, host_gateway

ROUTES = """\
Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth1\t0000000A\t0100000A\t0003\t0\t0\t0\t000000FF\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""


def test_the_gateway_of_a_container() -> None:
    assert gateway_of(ROUTES) == "172.17.0.1"
    assert gateway_of(ROUTES.splitlines()[0]) is None


@pytest.mark.parametrize(
    ("marks", "has_routes", "found"),
    [
        ({"container"}, True, "172.17.0.1"),
        ({"file"}, True, "172.17.0.1"),
        (set(), True, None),
        ({"container", "file"}, False, None),
    ],
)
def test_only_containers_have_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    marks: set[str],
    has_routes: bool,
    found: str | None,
) -> None:
    """Podman sets a variable, Docker makes a file; not every kernel has a table of routes."""
    monkeypatch.delenv("container", raising=False)
    if "container" in marks:
        monkeypatch.setenv("container", "podman")
    routes, mark = tmp_path / "route", tmp_path / "dockerenv"
    for path, is_there in ((routes, has_routes), (mark, "file" in marks)):
        if is_there:
            path.write_text(ROUTES)
    monkeypatch.setattr(module, "_CONTAINER_FILES", (str(mark),))
    monkeypatch.setattr(module, "_ROUTES", str(routes))

    assert host_gateway() == found
