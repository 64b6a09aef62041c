"""Conversations in: transcripts of many formats, labels of two, and the shipped labelled corpus with its splits.

A file or text goes in, `rubric` conversations and labels come out. Open `readers/read.py` first, then `splits.py`.
"""
