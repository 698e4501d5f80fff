"""Backends on the other side of a socket."""
