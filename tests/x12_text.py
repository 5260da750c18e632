"""X12 text written by hand: sets, groups and interchanges, sound unless told otherwise."""

SET = "ST*277*0001*005010X214~BHT*0085*08*1*20250701~HL*1**20*1~SE*4*0001~"
SECOND_SET = "ST*277*0002~HL*1**20*1~SE*3*0002~"


def isa(number: int = 1, version: str = "00501", repetition: str = "^") -> str:
    who = "ZZ*PAYER          *ZZ*COUNTY         "
    return (
        f"ISA*00*{' ' * 10}*00*{' ' * 10}*{who}*250701*1200*{repetition}*{version}"
        f"*{number:09d}*0*T*:~"
    )


def group(*sets: str, number: int = 5, closed: str = "") -> str:
    trailer = closed or f"GE*{len(sets)}*{number}~"
    return f"GS*HN*PAYER*COUNTY*20250701*1200*{number}*X*005010X214A1~{''.join(sets)}{trailer}"


def interchange(*inside: str, number: int = 1, groups: int = 1) -> str:
    return f"{isa(number)}{''.join(inside)}IEA*{groups}*{number:09d}~"


def transaction(kind: str, *segments: str, number: int = 1) -> str:
    """A set around its segments, which are given without their terminators."""
    inside = "".join(f"{segment}~" for segment in segments)
    return f"ST*{kind}*{number:04d}~{inside}SE*{len(segments) + 2}*{number:04d}~"
