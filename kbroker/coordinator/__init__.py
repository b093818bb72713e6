"""Coordinators: state that lives in memory and in the partitions of an internal topic.

``shard.py`` says what a coordinator's operations return, ``runtime.py`` writes it and replays it,
``group/`` coordinates groups and their committed offsets.
"""
