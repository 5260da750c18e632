"""Decisions: what people decided, as it bears on service lines and claims, and what they may."""
