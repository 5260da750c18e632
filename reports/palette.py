"""The colours of reports: few, apart from each other in grey print and to colour-blind eyes.

Colours by their meaning only.
"""

INK = "#1d2b33"
QUIET = "#56646d"
LINE = "#dfe4e6"
ACCENT = "#14505c"
PALE = "#eef3f3"

VERDICTS = {"clean": "#14505c", "held": "#e0ad3f", "rejected": "#bf5b48"}
ACTIVATED = "#b9c9cc"
SERVED = ACCENT

# Lines of one chart, in order.
SERIES = ("#14505c", "#e0ad3f", "#bf5b48", "#6b7f99", "#8aa05a", "#8a5a83")

# Fill and text of cells in workbooks.
REJECT = ("#f6dcd7", "#8c2f1f")
HOLD = ("#fbedcb", "#6f4f00")
WARN = ("#e8edf0", "#3f4d56")
MISSING = "#fde2ee"
