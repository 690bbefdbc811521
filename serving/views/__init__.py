"""What pages are made of, from the published tables; the templates say how it looks."""
