"""Acknowledgements: what the payer said of submissions before it paid, and what that makes of them.

`states` is the table of moves, `matching` says of whose claims a statement speaks, `standing` where
that leaves each submission. Remittances are added up and posted by `payments`; what they make of a
submission comes here as events (`payment_events`).
"""
