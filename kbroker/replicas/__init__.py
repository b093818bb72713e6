"""The partitions of this node: appending, committing, fetching, and requests that wait."""
