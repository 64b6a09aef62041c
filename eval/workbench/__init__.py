"""The researcher's workbench: labels of any number of raters in, a publishable account of their reliability out.

Open `study.py` first (what is brought in), then `read.py` (the formats); each command has a module of its own name.
"""
