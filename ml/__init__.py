"""Pure functions from the feature mart to predictions and verdicts. Nothing here imports the orchestrator."""
