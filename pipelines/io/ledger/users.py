"""Users and their rights. Signing in, sessions and passwords belong to the desk."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from contracts.errors import HeldByPolicyError, UsageError
from pipelines.io.ledger import audit
from pipelines.io.ledger.tables_intake import users
from pipelines.io.ledger.transaction import Transaction

RIGHTS = ("view", "decide", "propose", "approve", "write", "publish", "admin")


@dataclass(frozen=True, slots=True)
class User:
    """A person who may do what `rights` says while active."""

    user_id: str
    rights: tuple[str, ...]
    is_active: bool
    recorded_at: datetime

    def may(self, *rights: str) -> bool:
        """Whether an active user has any of the rights."""
        return self.is_active and any(right in self.rights for right in rights)


def find(connection: Connection, user_id: str) -> User | None:
    """The user, or None."""
    row = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
    return None if row is None else _user(row)


def everyone(connection: Connection) -> list[User]:
    """All users by id, inactive ones too."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.user_id))]


def require(tx: Transaction, *rights: str) -> None:
    """Pass only when the transaction's user is active and has one of the rights.

    Raises:
        HeldByPolicyError: naming the user and the rights.
    """
    check(tx.connection, tx.user_id, *rights)


def check(connection: Connection, user_id: str, *rights: str) -> None:
    """The same before work begins, for a user who has no transaction yet."""
    user = find(connection, user_id)
    if user is None or not user.may(*rights):
        raise HeldByPolicyError(
            "right_missing",
            f"user {user_id} has no right to {' or '.join(rights)}. "
            "An administrator grants it with `reentry users set`.",
        )


def save(tx: Transaction, user_id: str, rights: Collection[str], *, is_active: bool = True) -> User:
    """Make or change a user; until there is an administrator anyone may, so that init can.

    Raises:
        UsageError: for a right that does not exist.
        HeldByPolicyError: when the transaction's user is no administrator.
    """
    unknown = sorted(set(rights) - set(RIGHTS))
    if unknown:
        raise UsageError(
            "right_unknown", f"no such right: {', '.join(unknown)}. Rights: {', '.join(RIGHTS)}."
        )
    if any(user.may("admin") for user in everyone(tx.connection)):
        require(tx, "admin")
    user = User(user_id, tuple(r for r in RIGHTS if r in rights), is_active, tx.recorded_at)
    _store(tx.connection, user)
    detail = {"user_id": user_id, "rights": list(user.rights), "is_active": is_active}
    audit.append(tx, "user_changed", detail)
    return user


def _store(connection: Connection, user: User) -> None:
    values = {
        "rights": list(user.rights),
        "is_active": user.is_active,
        "recorded_at": user.recorded_at,
    }
    if find(connection, user.user_id) is None:
        connection.execute(insert(users).values(user_id=user.user_id, **values))
    else:
        connection.execute(update(users).where(users.c.user_id == user.user_id).values(**values))


def _user(row: Row[tuple[object, ...]]) -> User:
    values = row._asdict()
    return User(**{**values, "rights": tuple(values["rights"])})
