"""When an attempt must wait, when a session is over, and what a password must be.

The thresholds are dated data (`rules.toml`); GB/T 22239-2019 8.1.4.1 asks for each measure.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from guotu.lib.refusal import Refusal

_KINDS = (str.islower, str.isupper, str.isdigit)


def waits_until(
    failures: Sequence[datetime.datetime], values: Mapping[str, Any], allowed: int
) -> datetime.datetime | None:
    """Return until when no further attempt is heard, or None.

    `failures` are the moments of failed attempts in the window, in any order. The first wait
    follows the `allowed`-th failure; each further failure multiplies it by `growth`.
    """
    beyond = len(failures) - allowed
    if beyond < 0:
        return None
    longest = float(values["longest_wait_seconds"])
    # The exponent is bounded: a thousand failures need no number of a thousand digits.
    wait = min(longest, values["first_wait_seconds"] * values["growth"] ** min(beyond, 40))
    return max(failures) + datetime.timedelta(seconds=wait)


def is_over(
    begun: datetime.datetime,
    seen: datetime.datetime,
    now: datetime.datetime,
    values: Mapping[str, Any],
) -> bool:
    """Say whether a session is over: idle for too long, or too long altogether."""
    idle = now - seen > datetime.timedelta(minutes=values["idle_minutes"])
    return idle or now - begun > datetime.timedelta(hours=values["longest_hours"])


def check_password(password: str, username: str, values: Mapping[str, Any], rule: str) -> None:
    """Raise Refusal, with all that is wrong, when a password is too easily guessed."""
    wrong = []
    if len(password) < values["least_length"]:
        wrong.append(f"至少 {values['least_length']} 位")
    if len(password) > values["most_length"]:
        wrong.append(f"至多 {values['most_length']} 位")
    if len(password) < values["long_enough"] and _kinds(password) < values["least_kinds"]:
        wrong.append(
            f"小写、大写、数字、符号中至少 {values['least_kinds']} 种，"
            f"或长达 {values['long_enough']} 位"
        )
    if len(username) > 2 and username.lower() in password.lower():
        wrong.append("不能含有账号")
    if password and len(set(password)) < 5:
        wrong.append("至少有 5 个不同的字符")
    if wrong:
        raise Refusal("密码不合要求", where="；".join(wrong), rule=rule, remedy="换一个密码再试")


def _kinds(password: str) -> int:
    found = {next((test.__name__ for test in _KINDS if test(one)), "other") for one in password}
    return len(found)
