"""Denials: what the payer refused, why, who mends it until when, and whether we could have known.

What was paid is for `payments`; sending a line again is for the plan.
"""
