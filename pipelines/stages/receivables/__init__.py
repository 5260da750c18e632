"""Receivables: what is owed for what was sent, for how long, and how well it is collected.

Sums over the accounts of lines; the accounts themselves are for `payments`.
"""
