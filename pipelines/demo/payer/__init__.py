"""The payer simulator: reads what was sent, answers it day by day. Fictive data, sandboxes only.

Pure but for `post`, which is the rim. Nothing here uses the writer of our claims or its data: the
payer has its own reader, its own knowledge of members and its own judgement.
"""
