"""Transcripts in: one file per format, each from text to turns; `read.py` holds the table of formats.

A file, bytes or text goes in, `Transcript`s (a conversation and notes on how it was read) come out. Open `read.py` first.
"""
