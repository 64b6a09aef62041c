"""Labelled conversations in, a scorer out: adapter, heads, calibration and the served bundle. The only room with torch.

Open `train.py` first: config → bases → examples → model → calibrate → export. `python -m training --help` teaches it.
"""
