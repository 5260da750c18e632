"""Bundles: what of reentry care management is complete, what is missing, who owes it.

`evaluation.bundles` is the stage; the other modules are its parts. The rules are the code set's.
"""
