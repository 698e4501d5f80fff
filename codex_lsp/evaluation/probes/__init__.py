"""The paper's other experiments: each asks a model, judges its answers, and gives one table and one chart."""
