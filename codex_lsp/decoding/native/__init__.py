"""A decode step of a small model in C: one call for a whole forward pass over a few tokens, where it was compiled."""
