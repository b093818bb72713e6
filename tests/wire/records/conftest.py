"""A second implementation of the record formats, to compare with."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def kafka_python() -> SimpleNamespace:
    """The builders of kafka-python, whose import warns about its own way of loading schemas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from kafka.record.default_records import DefaultRecordBatchBuilder
        from kafka.record.legacy_records import LegacyRecordBatchBuilder
    return SimpleNamespace(
        DefaultRecordBatchBuilder=DefaultRecordBatchBuilder,
        LegacyRecordBatchBuilder=LegacyRecordBatchBuilder,
    )
