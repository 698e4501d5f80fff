"""A comment above an empty line: the comment says what comes next."""

import argparse
import json
import os
import sys

parser = argparse.ArgumentParser(description="Show the settings of a service.")
parser.add_argument("path", help="path of the settings file")
parser.add_argument("--indent", type=int, default=2, help="spaces of indentation")
args = parser.parse_args()

# exit with an error if the settings file does not exist

