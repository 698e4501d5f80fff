"""What the model is shown: document and cursor in, prompt out. Pure."""
