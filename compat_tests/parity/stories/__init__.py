"""All stories, in the order in which they are played."""

from __future__ import annotations

from compat_tests.parity.script import Story
from compat_tests.parity.stories import (
    cluster,
    config_values,
    configs,
    fetch,
    found,
    group_administration,
    group_corners,
    groups,
    leaders,
    metadata,
    metadata_log,
    offsets,
    other_configs,
    placement,
    precedence,
    precedence_admin,
    precedence_groups,
    produce,
    quotas,
    remade_topics,
    telemetry,
    topics,
    transactional_members,
    transactions,
    wire,
)

MODULES = (
    wire, metadata, metadata_log, placement, produce, topics, remade_topics, fetch, offsets, groups,
    group_administration, group_corners, cluster, configs, other_configs, config_values, quotas,
    leaders, telemetry, transactions, transactional_members,
    found, precedence, precedence_groups, precedence_admin,
)  # fmt: skip


def all_stories() -> dict[str, Story]:
    found: dict[str, Story] = {}
    for module in MODULES:
        for story in module.stories():
            assert story.name not in found, story.name
            found[story.name] = story
    return found
