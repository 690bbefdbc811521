"""The published copy and the champion behind a port: pages for people, JSON for programs, and what-if answers."""
