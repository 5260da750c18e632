"""How one table becomes the next, and the rim that stores and shows it."""

import os

# Memory that Polars gives back is soon wanted again, and the first touch of each new page costs
# more than most stages: give it back after ten seconds instead of half a second.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")
