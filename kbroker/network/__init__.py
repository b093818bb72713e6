"""Sockets and the loop: the only place that knows them (design rule 2)."""
