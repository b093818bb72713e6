"""Kafka's wire protocol: messages as typed tables, frames, headers, error codes and record batches.

Pure: nothing here knows sockets, files or clocks, and nothing is imported from the other packages.
"""
