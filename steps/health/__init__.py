"""Is the workspace well? Looks at the warehouse, the champion and the published copy, which change nothing."""
