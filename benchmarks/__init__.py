"""Speed beside what a user would do instead, measured in one run. Start with `score_call.py`."""
