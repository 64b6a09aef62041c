"""Labels in and out: `jsonl.py` is the form that programs share, `markup.py` the form that annotators write.

A file or text goes in, a list of `rubric.spans.Labelled` comes out, and the other way round, without loss.
"""
