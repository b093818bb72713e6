"""What proves that kbroker is Kafka: unmodified clients, and a comparison on the wire."""
