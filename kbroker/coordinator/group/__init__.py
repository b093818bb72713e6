"""Groups and their committed offsets, the contents of ``__consumer_offsets``."""
