"""Chance: what looks like chance in the payer's conduct, the same for the same seed and subject."""

import hashlib
from dataclasses import dataclass

PER_MILLE = 1000


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws of one seed. Nothing is consumed: one draw more never moves another."""

    seed: int

    def below(self, stream: str, subject: str, limit: int) -> int:
        """0 to `limit` - 1 for a subject."""
        name = f"{self.seed}/{stream}/{subject}".encode()
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") % limit

    def hits(self, stream: str, subject: str, per_mille: float) -> bool:
        """True for so many subjects of a thousand."""
        return self.below(stream, subject, PER_MILLE * PER_MILLE) < per_mille * PER_MILLE
