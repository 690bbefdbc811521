"""Figures by row and by event, costs, and the bootstrap by machine."""
