"""The README says what the code says."""

from __future__ import annotations

from tools.supported_apis import README, api_table, rewritten


def test_the_readme_is_up_to_date() -> None:
    """Whoever changes the table writes the README anew."""
    text = README.read_text()

    assert rewritten(text) == text


def test_rows() -> None:
    """One for each API that is served."""
    assert "| 1 | Fetch | 4 to 18 |" in api_table()
