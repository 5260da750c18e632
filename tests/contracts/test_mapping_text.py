"""The text of a mapping: what may be said is read whole; what may not is told with its remedy."""

import pytest

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.mapping import Filter, Join, Split
from contracts.mapping_text import parse_mapping

PLACE = "mappings/34/encounters.toml"
WHOLE = """
version = 3
separator = "|"
ignore = ["Batch", "Printed"]
[rename]
person_id = "Inmate No"
[date_format]
service_date = "%m/%d/%Y"
[time_format]
start_time = "%I:%M %p"
signed_at = "%m/%d/%Y %H:%M"
[strip]
charge_amount = "$,"
[list_separator]
diagnosis_codes = ";"
[values.modality]
"Face to face" = "in_person"
[default]
place_of_service = "09"
[[filter]]
column = "Kind"
equals = "MED"
[[filter]]
column = "Status"
not_in = ["VOID", ""]
[split."CPT/Mod"]
into = ["procedure_code", "procedure_description"]
separator = "-"
[join.modifiers]
columns = ["Mod 1", "Mod 2"]
"""


def read(text: str) -> object:
    return parse_mapping(text, FEEDS["encounters"], PLACE)


def test_a_whole_mapping_is_read() -> None:
    mapping = parse_mapping(WHOLE, FEEDS["encounters"], PLACE)
    assert (mapping.version, mapping.separator) == (3, "|")
    assert mapping.ignore == ("Batch", "Printed")
    assert mapping.rename == {"person_id": "Inmate No"}
    assert mapping.date_format == {"service_date": "%m/%d/%Y"}
    assert mapping.time_format == {"start_time": "%I:%M %p", "signed_at": "%m/%d/%Y %H:%M"}
    assert mapping.strip == {"charge_amount": "$,"}
    assert mapping.list_separator == {"diagnosis_codes": ";"}
    assert mapping.values == {"modality": {"Face to face": "in_person"}}
    assert mapping.default == {"place_of_service": "09"}
    assert mapping.filters == (
        Filter("Kind", ("MED",), is_negated=False),
        Filter("Status", ("VOID", ""), is_negated=True),
    )
    assert mapping.splits == (
        Split("CPT/Mod", ("procedure_code", "procedure_description"), "-", None),
    )
    assert mapping.joins == (Join("modifiers", ("Mod 1", "Mod 2"), "|"),)


def test_the_digest_is_of_what_is_said() -> None:
    one = parse_mapping('version = 1\nseparator = ","\n', FEEDS["people"], PLACE)
    same = parse_mapping('# ours\nseparator=","\nversion=1', FEEDS["people"], PLACE)
    other = parse_mapping("version = 2", FEEDS["people"], PLACE)
    assert one.digest == same.digest
    assert one.digest != other.digest


REFUSED = [
    ("version = ", "its text: Invalid value (at end of document). Mend the line."),
    ("[rename]", "at its top: version must be a number: 1, and more for a change."),
    ("version = true", "at its top: version must be a number: 1, and more for a change."),
    ("version = 1\n[renames]", "at its top: no section is named renames. Did you mean rename?"),
    ('separator = "~"', 'at its top: separator must be "," "|" ";" or "\\t".'),
    ('ignore = "a"', "at its top: ignore must be a list of texts, in brackets."),
    ('rename = "a"', "[rename]: is no section. Write it in brackets with its lines below."),
    (
        '[rename]\nperson = "P"',
        "[rename]: no column of encounters is named person. Did you mean person_id?",
    ),
    ("[rename]\nperson_id = 7", "[rename]: person_id must be a text in quotes."),
    (
        '[rename]\nperson_id = "x_id"',
        "[rename]: x_id begins with x_: such columns are kept aside.",
    ),
    ('[date_format]\nunits = "%m"', "[date_format]: units is of kind quantity, not date or month."),
    (
        '[date_format]\nservice_date = "%m/%Y"',
        "[date_format]: service_date: the format lacks %d or %e.",
    ),
    (
        '[date_format]\nservice_date = "%q"',
        ("[date_format]: service_date: %q is not among "
        "%A %B %H %I %M %S %Y %a %b %d %e %m %p %y %z."),
    ),
    (
        '[date_format]\nservice_date = "%m/%d/%Y %H"',
        "[date_format]: service_date: hours need minutes, and %p needs %I.",
    ),
    (
        '[time_format]\nsigned_at = "%m/%d/%Y %H:%M %p"',
        "[time_format]: signed_at: hours need minutes, and %p needs %I.",
    ),
    ('[time_format]\nstart_time = "%I:%M"', "[time_format]: start_time: %I needs %p, or write %H."),
    (
        '[values.modality]\nV = "vidio"',
        "[values.modality]: no value of modality is named vidio. Did you mean video or audio?",
    ),
    (
        '[values.modality]\n" " = "video"',
        "[values.modality]: an empty value is given by [default].",
    ),
    (
        '[values.is_part_2]\nY = "true"',
        "[values.is_part_2]: no value of is_part_2 is named true. There are: yes, no.",
    ),
    (
        '[default]\nmodality = "phone"',
        "[default]: no value of modality is named phone. There are: in_person, video, audio.",
    ),
    (
        '[[filter]]\ncolumn = "A"',
        "[[filter]]: give column and one of: equals, not_equals, in, not_in.",
    ),
    (
        '[[filter]]\ncolumn = "A"\nequal = "b"',
        "[[filter]]: no test is named equal. Did you mean equals or not_equals?",
    ),
    ("[filter]\na = 1", "[[filter]]: is no list. Write it in doubled brackets."),
    (
        '[split.A]\ninto = ["units"]\nseparator = ","\npattern = "(.)"',
        '[split."A"]: give either separator or pattern.',
    ),
    (
        '[split.A]\ninto = ["units"]\npattern = "(.)(.)"',
        '[split."A"]: pattern must be a regular expression with 1 groups, one each.',
    ),
    (
        '[split.A]\ninto = ["units"]\npattern = "("',
        '[split."A"]: pattern must be a regular expression with 1 groups, one each.',
    ),
    (
        '[join.modifiers]\ncolumns = ["A"]\nseparator = ";"',
        "[join.modifiers]: is a list: its separator is the vertical bar. Leave it out.",
    ),
    (
        '[rename]\nmodifiers = "M"\n[join.modifiers]\ncolumns = ["A"]',
        "as a whole: modifiers is made twice. Name it in one of rename, split and join.",
    ),
    (
        'ignore = ["P"]\n[rename]\nperson_id = "P"',
        "ignore: column P is used by another section, too.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_may_not_be_said(text: str, told: str) -> None:
    head = "" if "version" in text or text == "[rename]" else "version = 1\n"
    with pytest.raises(UsageError) as trouble:
        read(head + text)
    assert str(trouble.value) == f"{PLACE}, {told}"


def test_a_birth_needs_its_century() -> None:
    with pytest.raises(UsageError, match="century of a birth"):
        parse_mapping('version = 1\n[date_format]\nbirth_date = "%m/%d/%y"', FEEDS["people"], PLACE)
