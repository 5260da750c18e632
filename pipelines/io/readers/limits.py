"""Limits: how much of a file is taken at most. Each is told in `docs/limits.md` with its message.

They keep memory and time within what one machine has, whatever a file claims of itself.
"""

MOST_BYTES = 8 * 1024**3  # of a file as it lies in the inbox
MOST_ROWS = 50_000_000  # of a Parquet file: a few bytes of it may stand for any number of rows
MOST_CELLS = 1_000_000_000  # of a Parquet file: rows times columns
MOST_COLUMNS = 1_000
MOST_NAME_CHARACTERS = 128
MOST_FIELD_CHARACTERS = 1_000_000
MOST_RECORD_CHARACTERS = 4_000_000  # of one row of a CSV file, line breaks in values included

MOST_SHEET_CELLS = 10_000_000  # rows times columns, as far as a cell of the sheet holds something
MOST_WORKBOOK_BYTES = 512 * 1024**2  # unpacked
MOST_WORKBOOK_PARTS = 1_000
MOST_DIGITS = 15  # what a spreadsheet keeps of a number

MOST_MEMBERS = 1_000
MOST_UNPACKED_BYTES = MOST_BYTES
MOST_RATIO = 200  # unpacked to packed
RATIO_COUNTS_FROM_BYTES = 64 * 1024**2  # unpacked; what is smaller harms nobody
MOST_DIRECTORY_BYTES = 4 * 1024**2  # of an archive's list of its members
