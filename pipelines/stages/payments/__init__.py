"""Payments: what a payer's remittances make of the service lines that we charged.

`balancing` adds up, `repeats` knows what was told before, `matching` finds whose lines are paid,
`posting` applies them in order, `accounts` is the equation of each line.
"""
