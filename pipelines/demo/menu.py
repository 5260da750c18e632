"""Menu: which services the invented county gives, and at what charge. Data only.

What of it may be billed, and what each line then needs, is asked of the code sets in `catalogue`.
"""

import polars as pl

# visit: its share of stays in per cent, when it falls (per cent of the days of service), for whom,
# and how many days of service there must be.
VISITS = pl.DataFrame(
    [
        ("intake", 100, 0, "any", 0),
        ("laboratory", 100, 4, "any", 0),
        ("counseling", 90, 18, "any", 6),
        ("screening", 80, 10, "any", 0),
        ("navigation", 90, 30, "any", 2),
        ("addiction", 100, 24, "sud", 1),
        ("injection", 70, 38, "smi", 4),
        ("monitoring", 60, 50, "any", 6),
        ("imaging", 12, 46, "any", 4),
        ("follow_up", 100, 64, "any", 6),
        ("second_navigation", 70, 78, "any", 6),
        ("equipment", 40, 88, "any", 4),
        ("nursing", 80, 14, "any", 4),
        ("group", 60, 42, "any", 12),
        ("second_laboratory", 75, 56, "any", 8),
        ("second_counseling", 70, 70, "any", 12),
        ("brief_intervention", 60, 34, "sud", 8),
        ("second_dose", 80, 60, "sud", 12),
        ("recheck", 65, 82, "any", 12),
        ("infection_check", 55, 22, "any", 4),
    ],
    schema=["visit", "share", "falls_at", "population", "least_days"],
    orient="row",
)

# The visit of a care manager, which a care-management bundle pays.
CASEWORK = "casework"
CASEWORK_VISIT = VISITS.height
CASEWORK_VISITS = pl.DataFrame([(CASEWORK, 40, 12, "any", 1)], schema=VISITS.schema, orient="row")

# visit, category, procedure, units, charge, minutes, who renders, diagnosis of, how often.
# Charges are the county's own invention; no payer's rate is in them.
_SERVICES = [
    ("intake", "consultation", "99203", 1, "165.00", 40, "prescriber", "medical", 3),
    ("intake", "consultation", "99204", 1, "240.00", 55, "prescriber", "medical", 2),
    ("intake", "consultation", "90792", 1, "290.00", 60, "psychiatrist", "mental", 1),
    ("laboratory", "lab_radiology", "80053", 1, "32.00", None, "pathologist", "medical", 2),
    ("laboratory", "lab_radiology", "85025", 1, "24.00", None, "pathologist", "medical", 2),
    ("laboratory", "lab_radiology", "86803", 1, "41.00", None, "pathologist", "medical", 1),
    ("laboratory", "lab_radiology", "87389", 1, "58.00", None, "pathologist", "medical", 1),
    ("counseling", "consultation", "90791", 1, "230.00", 50, "therapist", "mental", 2),
    ("counseling", "consultation", "90832", 1, "105.00", 30, "therapist", "mental", 2),
    ("counseling", "consultation", "90834", 1, "140.00", 45, "therapist", "mental", 2),
    ("screening", "consultation", "G8431", 1, "18.00", 15, "nurse", "mental", 2),
    ("screening", "consultation", "G0442", 1, "28.00", 15, "nurse", "sud", 1),
    ("screening", "consultation", "H0049", 1, "26.00", 15, "nurse", "sud", 1),
    ("navigation", "chw", "G0019", 1, "82.00", 60, "navigator", "medical", 1),
    ("addiction", "mat", "H0020", 1, "22.50", 20, "prescriber", "sud", 4),
    ("addiction", "mat", "Q9991", 1, "1895.00", 20, "prescriber", "sud", 3),
    ("addiction", "mat", "J2315", 380, "1710.00", 20, "prescriber", "sud", 2),
    ("injection", "medication", "J2426", 156, "2418.00", 15, "psychiatrist", "mental", 2),
    ("injection", "medication", "J0401", 300, "1935.00", 15, "psychiatrist", "mental", 2),
    ("monitoring", "lab_radiology", "80307", 1, "96.00", None, "pathologist", "sud", 1),
    ("monitoring", "lab_radiology", "83036", 1, "29.00", None, "pathologist", "medical", 1),
    ("imaging", "lab_radiology", "71046", 1, "88.00", None, "pathologist", "medical", 1),
    ("follow_up", "consultation", "99213", 1, "125.00", 25, "prescriber", "medical", 3),
    ("follow_up", "consultation", "99214", 1, "180.00", 35, "prescriber", "medical", 2),
    ("second_navigation", "chw", "G0022", 1, "41.00", 30, "navigator", "medical", 1),
    ("equipment", "release_supply", "E0143", 1, "118.00", None, "prescriber", "medical", 3),
    ("equipment", "release_supply", "E0570", 1, "96.00", None, "prescriber", "medical", 2),
    ("equipment", "release_supply", "E0607", 1, "64.00", None, "prescriber", "medical", 2),
    ("nursing", "consultation", "99211", 1, "34.00", 10, "nurse", "medical", 1),
    ("group", "consultation", "90853", 1, "48.00", 60, "therapist", "mental", 1),
    ("second_laboratory", "lab_radiology", "80061", 1, "38.00", None, "pathologist", "medical", 1),
    ("second_laboratory", "lab_radiology", "84443", 1, "46.00", None, "pathologist", "medical", 1),
    ("second_counseling", "consultation", "90837", 1, "175.00", 60, "therapist", "mental", 1),
    ("brief_intervention", "consultation", "H0050", 1, "36.00", 20, "nurse", "sud", 1),
    ("second_dose", "mat", "Q9992", 1, "1895.00", 20, "prescriber", "sud", 1),
    ("second_dose", "mat", "J0571", 1, "7.50", 20, "prescriber", "sud", 2),
    ("recheck", "consultation", "99212", 1, "98.00", 15, "prescriber", "medical", 1),
    ("infection_check", "lab_radiology", "86480", 1, "72.00", None, "pathologist", "medical", 1),
    ("infection_check", "lab_radiology", "86592", 1, "19.00", None, "pathologist", "medical", 1),
]
# Of these no code set says that they may be billed alone.
_MANAGED = [("casework", "case_management", "T1017", 2, "90.00", 30, "care_manager", "medical", 1)]
# What is billed beside the visit's first line.
_BESIDE = [("injection", "medication", "96372", 1, "38.00", None, "nurse", "mental", 1)]

_COLUMNS = {
    "visit": pl.String, "service_category": pl.String, "procedure_code": pl.String,
    "units": pl.Int64, "charge_amount": pl.String, "minutes": pl.Int64, "role": pl.String,
    "diagnosis_of": pl.String, "weight": pl.Int64,
}  # fmt: skip
SERVICES = pl.DataFrame(_SERVICES, schema=_COLUMNS, orient="row").with_columns(line_number=1)
MANAGED = pl.DataFrame(_MANAGED, schema=_COLUMNS, orient="row").with_columns(line_number=1)
BESIDE = pl.DataFrame(_BESIDE, schema=_COLUMNS, orient="row").with_columns(line_number=2)

# Visits that may be held by video or by telephone.
TELEHEALTH_VISITS = ("counseling", "second_counseling", "follow_up", "recheck")

# Diagnoses by what the visit is about, in the written form with the dot.
DIAGNOSES = {
    "medical": ["I10", "E11.9", "J45.909", "B18.2", "K21.9", "E78.5"],
    "mental": ["F33.1", "F41.1", "F43.10", "F20.9", "F31.9"],
    "sud": ["F11.20", "F10.20", "F15.20"],
}
IMPRISONMENT = "Z65.1"
