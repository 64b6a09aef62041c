"""Reports: one structure of sections, tables and figures in; the same report as HTML, Markdown and JSON out.

Open `document.py` first; `write.py` writes a document into a folder.
"""
