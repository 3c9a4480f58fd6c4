"""The text of each page of PDF files: `paper.py FILE…` prints a list of lists, as JSON."""

import json
import sys

from pypdf import PdfReader

print(json.dumps([[page.extract_text() for page in PdfReader(path).pages] for path in sys.argv[1:]]))
