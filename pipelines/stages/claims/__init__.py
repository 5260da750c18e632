"""Claims: the professional claims that should exist, assembled from clean service lines.

`assembly.claims` is the stage; the other modules are its parts. What is sent is for the plan.
"""
