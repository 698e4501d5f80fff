"""The engine's HTTP face."""
