"""Sockets and the loop; no other part of the broker uses sockets (design rule 2)."""
