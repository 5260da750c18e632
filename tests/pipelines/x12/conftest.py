"""Published samples are read where a folder of them is named."""

import os

collect_ignore = [] if os.environ.get("X12_SAMPLES") else ["test_published_samples.py"]
