"""Drift, lost readings, matured quality, and when a training is called for."""
