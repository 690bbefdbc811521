"""`python -m data.simulator`."""

from data.simulator.cli import main

raise SystemExit(main())
