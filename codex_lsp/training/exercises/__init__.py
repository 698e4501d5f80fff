"""Exercises of the kind that introductory books hold, drawn from families of our own.

A family is a concept with holes: what is counted, which constant, which names. Most are entries of the TOML files
beside this module, whose words and bodies are templates (`templates.py`); the others (`pipelines`) put parts together.
A draw of a family is a `Draft`; every one of its bodies is run on the same inputs and all must agree.
"""
