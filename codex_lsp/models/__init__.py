"""Who can sample: one protocol, local and remote backends behind it."""
