"""The generated code, printed."""

from __future__ import annotations

import pytest

from tools.show_codec import main


@pytest.mark.parametrize(
    ("arguments", "shown", "status"),
    [
        (["FetchRequest", "12"], {"def decode(buf, pos):", "def encode(m, write):"}, 0),
        (["FetchRequest", "12", "encode"], {"def encode(m, write):"}, 0),
        (["OffsetCommitValue", "4", "decode"], {"def decode(buf, pos):"}, 0),
        (["FetchRequest", "99"], set(), 1),
        (["NoMessage", "0"], set(), 1),
    ],
)
def test_main(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    shown: set[str],
    status: int,
) -> None:
    """Both functions, or one, of a message that there is."""
    monkeypatch.setattr("sys.argv", ["show_codec", *arguments])

    assert main() == status
    lines = set(capsys.readouterr().out.splitlines())
    assert {line for line in lines if line.startswith("def ")} == shown
