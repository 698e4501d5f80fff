"""Corpus, tokenizer and pre-training: how the embedded model is made."""
