"""Eligibility: on which days of a stay services may be billed, and why not on the others."""
