"""Files of any layout as sources of rows: what `vars.mapping` declares, judged, bound to a file, and read."""
