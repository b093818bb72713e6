"""Coordinators: state in memory that is stored in the partitions of an internal topic.

``shard.py`` has the types of a coordinator's operations, ``runtime.py`` appends and replays their
records. ``group/`` coordinates groups and committed offsets, ``transaction/`` transactions.
"""
