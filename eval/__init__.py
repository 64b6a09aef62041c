"""How well a scorer, raters and rules agree: conversations with two or more labellings in, figures with intervals out.

Open `evaluation.py` first (`evaluate`), then the metric you care about; `python -m eval --help` is the command.
"""
