"""What is measured: conversations and spans in, signals with bands and the two axes out.

Pure Python and pydantic, no model. Open `codebook.py` first, then `signals.py`; `codebook.md` is the page for people.
"""
