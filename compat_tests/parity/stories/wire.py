"""ApiVersions, unsupported versions, unknown keys, garbage, half and oversized frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from compat_tests.parity.codec import API_KEYS
from compat_tests.parity.script import Json, Step, Story, call, raw
from compat_tests.parity.stories.common import VERSIONS, versions
from compat_tests.parity.stories.produce import producer_ids_ready

CLIENT = b"\0\x06parity"
SOFTWARE = {"clientSoftwareName": "parity", "clientSoftwareVersion": "1.0"}


def stories() -> Iterator[Story]:
    for version in versions("ApiVersions"):
        yield Story(f"api-versions-v{version}", list(api_versions(version)))
    yield Story("api-versions-unknown", list(unknown_api_versions()))
    for api in VERSIONS:
        yield Story(f"unsupported-{api.lower()}", list(unsupported(api)))
        yield Story(f"truncated-{api.lower()}", list(truncated(api)))
    yield Story("frames", list(frames()))


def framed(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def header(key: int, version: int, tags: bytes = b"") -> bytes:
    return struct.pack(">hhi", key, version, 7) + CLIENT + tags


def api_versions(version: int) -> Iterator[Step]:
    def one(what: str, client: str | None = "parity", **more: Json) -> Step:
        body = (SOFTWARE | more) if version >= 3 else {}
        return call("ApiVersions", version, body, what, client=client)

    yield one("asked")
    yield one("asked again")
    yield one("without a client id", None)
    yield one("with an empty client id", "")
    if version >= 3:
        yield one("no software name", clientSoftwareName="")
        yield one("no software version", clientSoftwareVersion="")
        yield one("a bad software name", clientSoftwareName="a b")
        yield one("a software name with an end", clientSoftwareName="a-")
        yield one("a good software name", clientSoftwareName="a.b-c", clientSoftwareVersion="1.0-b")


def unknown_api_versions() -> Iterator[Step]:
    """Answered in version 0, whatever was asked in."""
    for version in (5, 6, 99, 32767, -1):
        body = header(18, version, b"\0") + b"\x07parity\x041.0\0"
        name = f"version {version}"
        yield raw(name, framed(body), "ApiVersions", 0, connection=name, patience_s=2)
        name = f"version {version}, no body"
        yield raw(
            name, framed(header(18, version)), "ApiVersions", 0, connection=name, patience_s=2
        )


def unsupported(api: str) -> Iterator[Step]:
    """Versions that are not served: before the first, after the last, far away."""
    key = API_KEYS[api]
    first, last = VERSIONS[api]
    for version in {first - 1, last + 1, last + 20, -1}:
        if api != "ApiVersions":
            name = f"version {version}"
            data = framed(header(key, version, b"\0") + b"\0" * 40)
            yield raw(name, data, api, last, connection=name, patience_s=2)


def truncated(api: str) -> Iterator[Step]:
    """A header and nothing, a header and junk: each version must refuse both the same way."""
    key = API_KEYS[api]
    yield from [producer_ids_ready()] if api == "InitProducerId" else []
    for version in versions(api):
        for what, body in {"no body": b"", "ff": b"\xff" * 24, "7f": b"\x7f" * 64}.items():
            name = f"{what} v{version}"
            data = framed(header(key, version) + body)
            yield raw(name, data, api, version, connection=name, patience_s=2)


def frames() -> Iterator[Step]:
    def one(name: str, data: bytes) -> Step:
        return raw(name, data, "ApiVersions", 0, connection=name, patience_s=1)

    good = framed(header(18, 0))
    yield one("good", good)
    yield one("unknown key", framed(header(999, 0)))
    yield one("negative key", framed(header(-1, 0)))
    yield one("key of the controller", framed(header(52, 0) + b"\0" * 20))
    yield one("key that was removed", framed(header(4, 0) + b"\0" * 20))
    yield one("empty frame", framed(b""))
    yield one("two bytes", framed(b"\0\x12"))
    yield one("header without client id", framed(struct.pack(">hhi", 18, 0, 7)))
    yield one("null client id", framed(struct.pack(">hhih", 18, 0, 7, -1)))
    yield one("client id too long", framed(struct.pack(">hhih", 18, 0, 7, 500) + b"abc"))
    yield one("negative client id", framed(struct.pack(">hhih", 18, 0, 7, -5) + b"abc"))
    yield one("bytes after the body", framed(header(18, 0) + b"junk"))
    yield one("negative length", struct.pack(">i", -1) + b"x" * 20)
    yield one("length over the limit", struct.pack(">i", 200_000_000) + b"x" * 20)
    yield one("largest length", struct.pack(">i", (1 << 31) - 1))
    yield one("a web browser", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield one("half a frame", good[:9])
    yield one("half a length", good[:2])
    yield one("good after all", good)
