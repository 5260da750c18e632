"""X12 on the wire: tokens, envelope and one module for each transaction set. Pure."""
