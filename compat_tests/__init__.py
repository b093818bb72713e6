"""What proves that kbroker is Kafka: unmodified clients, and a wire-level comparison with the real one."""
