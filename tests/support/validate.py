"""Reads {"schema": …, "documents": {name: …}} from stdin, and prints what is wrong with each document: {name: [message, …]}."""

import json
import sys

from jsonschema import Draft202012Validator

given = json.load(sys.stdin)
Draft202012Validator.check_schema(given["schema"])
validator = Draft202012Validator(given["schema"])
found = {name: [error.message for error in validator.iter_errors(document)] for name, document in given["documents"].items()}
json.dump(found, sys.stdout)
