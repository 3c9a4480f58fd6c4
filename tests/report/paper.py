"""The text of each page of PDF files: `paper.py FILE…` prints a list of lists, as JSON. Letters that are drawn as one, as in `file`, are two."""

import json
import sys
import unicodedata

from pypdf import PdfReader


def text(page):
    return unicodedata.normalize("NFKC", page.extract_text())


print(json.dumps([[text(page) for page in PdfReader(path).pages] for path in sys.argv[1:]]))
