"""A night's predictions, their contract and their log."""
