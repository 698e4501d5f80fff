"""Context in, ranked candidates out."""
