"""How one table becomes the next, and the rim that stores and shows it."""
