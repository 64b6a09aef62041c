"""One module a resource: scorecards, practices, bundles and health. Open `scorecards.py` first."""
