"""Decimals in and out of the contract's strings, without a digit lost."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation

# The contract has 38 significant digits, of which none is further than 256 places from the
# decimal point.
_DIGITS = 38
_PLACES = 256
# Scale words go up to 10^30; whatever does not fit is an error and never rounded.
_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation])


def to_text(number: Decimal | int | str) -> str:
    """The number as the contract writes it: no exponent, trailing zeros kept."""
    if isinstance(number, bool) or not isinstance(number, Decimal | int | str):
        raise TypeError(
            f"{number!r} is a {type(number).__name__}; give a Decimal, an int or a text, "
            "so that no digit is made up"
        )
    value = _read(number)
    if not value.is_finite():
        raise ValueError(f"{number!r} is not a finite number")
    if abs(_exponent(value)) > _PLACES:
        raise ValueError(f"{number!r} has more than {_PLACES} places")
    text = format(value, "f")
    if _significant(text) > _DIGITS:
        raise ValueError(f"{text} has more than {_DIGITS} significant digits")
    return text


def from_text(text: str) -> Decimal | None:
    """The number of a text of the contract; nothing when it is empty."""
    return Decimal(text) if text else None


def expand(number: Decimal, multiplier: int) -> Decimal:
    """A printed number times `10^multiplier`, written out; 45.5 with 12 is 45500000000000."""
    if not multiplier:
        return number
    scaled = _EXACT.scaleb(number, multiplier)
    if _exponent(scaled) > 0:
        scaled = _EXACT.quantize(scaled, Decimal(1))
    return scaled


def shift_block(mantissa: int, scale: int) -> str:
    """The number `mantissa × 10^-scale` as the contract writes it, with all its digits."""
    return format(_EXACT.scaleb(Decimal(mantissa), -scale), "f")


def _read(number: Decimal | int | str) -> Decimal:
    # Decimal also takes what only Python writes (1_000) and digits of other scripts.
    if isinstance(number, str) and ("_" in number or not number.isascii()):
        raise ValueError(f"{number!r} is not a number in plain digits")
    try:
        return Decimal(number)
    except InvalidOperation:
        raise ValueError(f"{number!r} is not a number") from None


def _significant(text: str) -> int:
    """How many digits matter: leading zeros never do, nor those at the end of a whole number."""
    whole, point, fraction = text.lstrip("-0").partition(".")
    if point:
        return len(whole + fraction if whole else fraction.lstrip("0"))
    return len(whole.rstrip("0"))


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
