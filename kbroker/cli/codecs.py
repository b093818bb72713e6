"""The codecs of record batches for kafka-python, which would ask for three more libraries."""

from __future__ import annotations

from functools import partial

from kafka import codec
from kafka.record import default_records, legacy_records

from wire.records.compression import Compression, compress, decompress


def use_own_codecs() -> None:
    """From here on its producers and consumers compress with ours."""
    # kafka-python takes a codec for there where these modules are.
    codec.snappy = codec.lz4 = codec.zstd = codec
    for compression in (Compression.SNAPPY, Compression.LZ4, Compression.ZSTD):
        name = compression.name.lower()
        for records in (default_records, legacy_records):
            setattr(records, f"{name}_encode", partial(compress, compression))
            setattr(records, f"{name}_decode", partial(decompress, compression))
