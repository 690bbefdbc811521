"""Contributions to a probability, and the reasons they are told as."""
