"""Everything that touches libav*: probe, plan, render. Runs in worker processes only."""
