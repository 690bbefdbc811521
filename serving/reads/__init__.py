"""What is read from the published tables; whatever is asked for is bound, and never part of a query's text."""
