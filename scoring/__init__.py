"""Conversation in, scorecard out, through a bundle on ONNX Runtime; no torch.

Open `scorer.py` first: windows → backend → decoding → links → signals. Training shares windows, tags, decoding and
links with this room, so that what is trained is what is served.
"""
