"""These tests run twice: over commits at once, and over late ones."""

from tests.kbroker.coordinator.conftest import commits_late

__all__ = ["commits_late"]
