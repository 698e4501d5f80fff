"""A comment above an empty line: the comment says what comes next."""

import json
import os


class Settings:
    """The settings of a service, in a JSON file."""

    def __init__(self, path):
        self.path = path
        self.values = {}

    def get(self, name, default=None):
        # return the default if the name is unknown
        
        return self.values[name]
