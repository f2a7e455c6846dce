"""Periods: spans of days with one canonical code."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering

from almanac.figure.v1 import figure_pb2

_OPEN = ".."
_DAY = timedelta(days=1)


@total_ordering
@dataclass(frozen=True)
class Period:
    """A span of civil days, both ends included, open at one end at most.

    The span is the identity and the code a function of it: `Period.parse("2018-01/2018-12")`
    equals `Period.parse("2018")`, and prints as `2018`. Periods sort by start, then by end;
    an open start comes first and an open end last.
    """

    start: date | None
    """First day; none when open."""
    end: date | None
    """Last day, included; none when open."""

    def __post_init__(self) -> None:
        if self.start is None and self.end is None:
            raise ValueError("one end must be given, such as 2019/.. or ../2019")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError(f"{self.start} to {self.end} ends before it starts")

    @classmethod
    def parse(cls, code: str) -> Period:
        """Reads a code of the contract: `2018`, `2018-H1`, `2018-Q3`, `2018-06`, `2018-W23`,
        `2018-06-12`, `195X`, `FIRST/LAST`, `../LAST`, `FIRST/..`.
        """
        if not isinstance(code, str):
            raise TypeError(
                f"{code!r} is a {type(code).__name__}; a period is read from a text such as "
                "'2018' or '2018-06'"
            )
        first, slash, last = code.partition("/")
        try:
            if not slash:
                return cls(*_span(first))
            start = None if first == _OPEN else _span(first)[0]
            end = None if last == _OPEN else _span(last)[1]
            return cls(start, end)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{code!r} is not a period: {error}") from error

    @classmethod
    def from_message(cls, message: figure_pb2.Period) -> Period:
        """Reads the span of a message."""
        return cls.parse(message.code)

    def to_message(
        self,
        role: figure_pb2.PeriodRole.ValueType = figure_pb2.PERIOD_ROLE_WHOLE,
        approximate: bool = False,
    ) -> figure_pb2.Period:
        """The message to write, with what a source says of the period."""
        return figure_pb2.Period(code=str(self), role=role, approximate=approximate)

    def overlaps(self, other: Period) -> bool:
        """Whether both have a day in common."""
        return self._first <= other._last and other._first <= self._last

    def contains(self, other: Period) -> bool:
        """Whether every day of the other is a day of this one."""
        return self._key[0] <= other._key[0] and other._key[1] <= self._key[1]

    def __lt__(self, other: Period) -> bool:
        return self._key < other._key

    def __str__(self) -> str:
        if self.start is not None and self.end is not None:
            return _closed(self.start, self.end)
        if self.start is not None:
            return f"{_CODES[_starting(self.start)](self.start)}/{_OPEN}"
        return f"{_OPEN}/{_CODES[_ending(self._last)](self._last)}"

    @property
    def _first(self) -> date:
        return self.start or date.min

    @property
    def _last(self) -> date:
        return self.end or date.max

    @property
    def _key(self) -> tuple[int, int]:
        start = 0 if self.start is None else self.start.toordinal()
        end = date.max.toordinal() + 1 if self.end is None else self.end.toordinal()
        return start, end


def _span(code: str) -> tuple[date, date]:
    for pattern, read in _FORMS:
        if found := re.fullmatch(pattern, code, re.ASCII):
            return read(*(int(part) for part in found.groups()))
    raise ValueError(
        "write 2018, 2018-H1, 2018-Q3, 2018-06, 2018-W23, 2018-06-12, 195X, 2016-01/2016-05, "
        "2019/.. or ../2019"
    )


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    return date(year, first, 1), _last_of_month(date(year, last, 1))


def _part(year: int, number: int, length: int) -> tuple[date, date]:
    return _months(year, (number - 1) * length + 1, number * length)


def _week(year: int, week: int) -> tuple[date, date]:
    monday = date.fromisocalendar(year, week, 1)
    return monday, monday + 6 * _DAY


def _day(year: int, month: int, day: int) -> tuple[date, date]:
    return date(year, month, day), date(year, month, day)


def _decade(decade: int) -> tuple[date, date]:
    return date(decade * 10, 1, 1), date(decade * 10 + 9, 12, 31)


_FORMS: list[tuple[str, Callable[..., tuple[date, date]]]] = [
    (r"(\d{4})", lambda year: _months(year, 1, 12)),
    (r"(\d{4})-H([12])", lambda year, half: _part(year, half, 6)),
    (r"(\d{4})-Q([1-4])", lambda year, quarter: _part(year, quarter, 3)),
    (r"(\d{4})-(\d{2})", lambda year, month: _months(year, month, month)),
    (r"(\d{4})-W(\d{2})", _week),
    (r"(\d{4})-(\d{2})-(\d{2})", _day),
    (r"(\d{3})X", _decade),
]

# Steps of the calendar, the coarser the less.
_YEAR, _MONTH, _SINGLE_DAY = range(3)
_CODES: list[Callable[[date], str]] = [
    lambda day: f"{day.year:04}",
    lambda day: f"{day.year:04}-{day.month:02}",
    lambda day: day.isoformat(),
]


def _closed(first: date, last: date) -> str:
    if first == last:
        return first.isoformat()
    if first.isoweekday() == 1 and last - first == 6 * _DAY:
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    unit = max(_starting(first), _ending(last))
    named = _named(first, last) if unit != _SINGLE_DAY else None
    return named or f"{_CODES[unit](first)}/{_CODES[unit](last)}"


def _named(first: date, last: date) -> str | None:
    """The code of whole months that have a name of their own."""
    if (first.month, last.month) == (1, 12):
        if first.year == last.year:
            return f"{first.year:04}"
        decade = first.year % 10 == 0 and last.year == first.year + 9
        return f"{first.year // 10:03}X" if decade else None
    if first.year != last.year:
        return None
    months = last.month - first.month + 1
    number, rest = divmod(first.month - 1, months)
    sign = {6: f"H{number + 1}", 3: f"Q{number + 1}", 1: f"{first.month:02}"}.get(months)
    return f"{first.year:04}-{sign}" if sign and rest == 0 else None


def _starting(day: date) -> int:
    """The coarsest unit that begins on this day."""
    if day.day != 1:
        return _SINGLE_DAY
    return _YEAR if day.month == 1 else _MONTH


def _ending(day: date) -> int:
    """The coarsest unit that ends with this day."""
    if day != _last_of_month(day):
        return _SINGLE_DAY
    return _YEAR if day.month == 12 else _MONTH


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
