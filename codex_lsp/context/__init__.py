"""What the model is shown: a document and a cursor become a prompt."""
