"""What stands before every request: names, rates, sizes, headers, and who may read or write."""
