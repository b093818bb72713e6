"""The formats of what brokers store in their internal topics."""
