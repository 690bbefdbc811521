"""Reading the feature mart: its columns and their names, nights, samples, feeds gone dark."""
