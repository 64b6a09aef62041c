"""Public conversations with human labels, read from their original files, mapped to the codebook; none is shipped.

A file that the user has fetched goes in, labelled conversations come out, one per rater. Open `corpora.py` first.
"""
