"""All benchmarks: kbroker beside what people would run instead. __main__.py says how."""
