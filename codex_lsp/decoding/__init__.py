"""How a model of ours decodes: sampling, stopping, log-probabilities."""
