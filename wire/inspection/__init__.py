"""A second reading of Kafka's formats, in ``construct``: for people who look at bytes.

Brokers serve with the compiled codecs; commands and tools that show things print from here, and
tests hold the two readings against each other. Nothing here is imported by a running broker.
"""
