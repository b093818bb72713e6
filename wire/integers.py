"""The greatest numbers of Kafka's wire types, which also stand for "no limit"."""

MAX_INT32 = (1 << 31) - 1
MAX_INT64 = (1 << 63) - 1
