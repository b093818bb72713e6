"""A Kafka broker in Python that unmodified clients cannot tell from Apache Kafka."""

__version__ = "0.1.0"
KAFKA_VERSION = "4.3.1"  # the release whose behaviour it has
