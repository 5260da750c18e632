"""Whether Hypothesis's profile is that of a soak, with time for thousands of examples."""

from hypothesis import settings

IS_SOAK = settings.get_current_profile_name() == "soak"
