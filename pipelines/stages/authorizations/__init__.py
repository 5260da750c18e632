"""Authorizations: what each grants, which service lines use it, and what is still to be asked for.

Whether a line may be billed under its authorization is for the edits.
"""
