"""How good a model is where a person meets it: measures, and the baselines they are read against."""
