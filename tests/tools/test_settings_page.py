"""The page of settings says what the tables say."""

from __future__ import annotations

from tools.settings_page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    """Whoever changes a setting writes the page anew."""
    assert PAGE.read_text() == page()


def test_rows() -> None:
    """One for each setting: whether it may change, its type, its default, what becomes of it."""
    text = page()
    assert "\n| `retention.ms` | ⟳ | long | `604800000` | honoured | How long" in text
    assert "\n| `group.initial.rebalance.delay.ms` |  | int | `0` | honoured | How long" in text
    assert "\n| `num.io.threads` | ⟳ | int | `8` | meaningless here | How many" in text
