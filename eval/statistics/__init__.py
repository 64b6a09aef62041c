"""The workbench's statistics: arrays of ratings in, figures with intervals out; nothing here knows a file or a report.

A module is named after its formula, opens with its source and with that source's worked example. Missing ratings are
NaN on the way in and never on the way out: what is undefined says why. Open `components.py` for the reliability study,
`alternative_annotator.py` for the scorer as one more rater.
"""
