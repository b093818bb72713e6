"""A Kafka broker in Python that unmodified clients cannot tell from Apache Kafka."""

__version__ = "0.1.0"
