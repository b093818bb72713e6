"""Kafka's formats declared a second time, with ``construct``: for commands that show bytes.

A broker uses the compiled codecs and imports nothing of this package. Commands and tools print what
is parsed here, and tests compare both decoders.
"""
