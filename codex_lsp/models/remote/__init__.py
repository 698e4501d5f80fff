"""The one client for our own engine and for every server that speaks the OpenAI completions wire."""
