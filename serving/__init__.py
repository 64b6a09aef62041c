"""Conversations in over HTTP, scorecards and practices out; stateless.

Open `app.py` first: it puts the parts together. `api/` holds the resources, `service.py` what they share, `problems.py`
the one shape of every error, `settings.py` reads `configs/serving.yaml`.
"""
