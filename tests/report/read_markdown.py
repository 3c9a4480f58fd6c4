"""Documents in Markdown, a JSON object of texts on stdin, as a parser of CommonMark with GitHub's tables reads them. Prints for each of them the
words of each heading, paragraph and cell, where its links lead, and which HTML is in it."""

import json
import sys

from markdown_it import MarkdownIt


def read(text):
    found = {"words": [], "links": [], "html": [], "kinds": []}
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        found["kinds"].append(token.type)
        if token.type in ("html_block", "code_block"):
            found["html"].append(token.content)
        if token.type == "fence":
            found["words"].append(token.content)
        if token.type == "inline":
            words = ""
            for part in token.children:
                if part.type in ("text", "text_special", "code_inline"):
                    words += part.content
                elif part.type == "html_inline":
                    found["html"].append(part.content)
                elif part.type == "link_open":
                    found["links"].append(part.attrs["href"])
                else:
                    found["kinds"].append(part.type)
            found["words"].append(words)
    found["kinds"] = sorted(set(found["kinds"]))
    return found


print(json.dumps({name: read(text) for name, text in json.load(sys.stdin).items()}))
