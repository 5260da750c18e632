"""Official code files: one small module a publisher, each with its layout and where it is from."""
