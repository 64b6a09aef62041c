"""Scorecards in, the next practice out: which signal to work on, which scenario to play, and why.

Open `selector.py` first. `library.py` reads the scenarios of `configs/practice/`, `focus.py` holds the arithmetic of the
choice, and `simulation.py` measures how good that choice is.
"""
