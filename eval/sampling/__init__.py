"""What to label next: pilot ratings and a pool of conversations in, tasks for raters who do not know of each other out.

Open `plan.py` first; `precision.py` says how many, `selection.py` which, `assignment.py` who, `blinding.py` hides whose.
"""
