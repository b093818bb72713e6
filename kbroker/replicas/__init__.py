"""The partitions that this node holds: appending, fetching, and who waits for what."""
