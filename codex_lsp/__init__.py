"""Private code completion: several continuations from a local model, ranked by mean log-probability."""

__version__ = "0.1.0"
