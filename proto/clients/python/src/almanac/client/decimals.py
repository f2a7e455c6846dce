"""Decimals in and out of the contract's strings, without a digit lost."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation

# The contract has 38 digits and scale words up to 10^30; whatever does not fit is an error
# and never rounded.
_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation])


def to_text(number: Decimal | int | str) -> str:
    """The number as the contract writes it: no exponent, trailing zeros kept."""
    if isinstance(number, bool) or not isinstance(number, Decimal | int | str):
        raise TypeError(
            f"{number!r} is a {type(number).__name__}; give a Decimal, an int or a text, "
            "so that no digit is made up"
        )
    try:
        value = Decimal(number)
    except InvalidOperation as error:
        raise ValueError(f"{number!r} is not a number") from error
    if not value.is_finite():
        raise ValueError(f"{number!r} is not a finite number")
    return format(value, "f")


def from_text(text: str) -> Decimal | None:
    """The number of a text of the contract; nothing when it is empty."""
    return Decimal(text) if text else None


def expand(number: Decimal, multiplier: int) -> Decimal:
    """The number times `10^multiplier`, written out; 45.5 with 12 is 45500000000000."""
    scaled = _EXACT.scaleb(number, multiplier)
    if _exponent(scaled) > 0:
        scaled = _EXACT.quantize(scaled, Decimal(1))
    return scaled


def shift_block(mantissa: int, scale: int) -> Decimal:
    """The number `mantissa × 10^-scale` with all its digits."""
    return _EXACT.scaleb(Decimal(mantissa), -scale)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
