"""What a subscription brings a month, and what a change of that is called. Pure.

The formulae are those that billing systems publish for monthly recurring revenue: price times
quantity of every licensed item, normalised to a twelfth of a year (52 weeks, 365 days), less
what lasting discounts take off; contracts that run or are late with a payment count in full,
until they end. Trials, one-off coupons, metered use and taxes are no recurring revenue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")
MONTHS = 12  # of a year
MOST = Decimal(10) ** 12  # more a month is no price; what is stored has room for it
COUNTED = frozenset(("active", "past_due"))
A_MONTH = {
    "day": Decimal(365) / 12,
    "week": Decimal(52) / 12,
    "month": Decimal(1),
    "year": Decimal(1) / 12,
}
# Stripe tells amounts in the smallest unit of these; ISK and UGX it tells as if they had two.
WHOLE = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
THOUSANDTHS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
# How many make a dollar, roughly, as a power of ten: enough to tell which of two amounts is more,
# and for nothing else. All of ISO 4217 in use are here but those of which it is about one.
TO_A_DOLLAR: dict[str, int] = {
    currency: 10**power
    for power, currencies in (
        (1, "AED BOB BRL BWP BYN CNY CUP CZK DKK ERN GHS GTQ HKD HNL ILS LSL LYD MAD MDL MOP"),
        (1, "MVR MXN MYR NAD NIO NOK PEN PGK PLN QAR RON SAR SBD SCR SEK SLE STN SVC SZL THB"),
        (1, "TJS TMT TRY TTD TWD UAH UYU ZAR ZMW ZWG"),
        (2, "AFN ALL AMD BDT BTN CVE DJF DOP DZD EGP ETB GMD GYD HTG HUF INR ISK JMD JPY KES"),
        (2, "KGS LKR LRD MKD MRU MUR MZN NPR PHP PKR RSD RUB SRD VES VUV XPF YER"),
        (3, "AOA ARS BIF CDF CLP COP CRC IQD KMF KRW KZT MGA MMK MNT MWK NGN RWF SDG SOS TZS"),
        (3, "UGX XAF XOF"),
        (4, "GNF IDR IRR KHR LAK LBP PYG SSP SYP UZS VND"),
    )
    for currency in currencies.split()
}


@dataclass(frozen=True)
class Item:
    """`unit` is the price of one in the smallest unit, None when it is told nowhere (tiers)."""

    unit: Decimal | None
    quantity: Decimal
    interval: str
    intervals: int
    metered: bool = False
    pack: Decimal | None = None
    pack_up: bool = True
    discounts: tuple["Discount", ...] = ()

    @property
    def a_month(self) -> Decimal:
        """How many of its periods a month has."""
        return A_MONTH.get(self.interval, Decimal(0)) / max(self.intervals, 1)

    @property
    def months(self) -> int:
        """How long a period is; 0 for less than half a month."""
        return int((1 / self.a_month).quantize(Decimal(1), ROUND_HALF_UP)) if self.a_month else 0


@dataclass(frozen=True)
class Discount:
    """One of the two: per cent, or an amount off every invoice in the smallest unit."""

    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


class Kind(StrEnum):
    """What a change of revenue is; a reactivation is a return after paying nothing."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


def major(amount: Decimal, currency: str) -> Decimal:
    """From the smallest unit that the billing system counts in."""
    if currency in WHOLE:
        return amount
    return amount / (1000 if currency in THOUSANDTHS else 100)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """In whole units, to the two decimals that are stored."""
    return to_cents(major(amount, currency))


def to_cents(amount: Decimal) -> Decimal:
    """From whole units."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def monthly(items: Sequence[Item], discounts: Iterable[Discount], currency: str) -> Decimal:
    """What the items bring a month with their discounts, in whole units, never less than 0.

    Not rounded: what is known of it later may be taken off.
    """
    if not items:
        return Decimal(0)
    total = sum((item_monthly(item) for item in items), Decimal(0))
    # An amount off is taken off every invoice: those come as often as the dearest item is due.
    rate = main_item(items).a_month
    return major(_less(total, discounts, rate), currency)


def item_monthly(item: Item) -> Decimal:
    """In the smallest unit."""
    if item.metered or item.unit is None:
        return Decimal(0)
    full = item.unit * _packs(item) * item.a_month
    return _less(full, item.discounts, item.a_month)


def main_item(items: Sequence[Item]) -> Item:
    """The one that brings most: its plan and its term are the subscription's."""
    return max(items, key=item_monthly)


def worth(amount: Decimal, currency: str) -> Decimal:
    """Comparable between currencies, roughly."""
    return amount / TO_A_DOLLAR.get(currency, 1)


def plain_amount(amount: Decimal) -> str:
    """As the audit keeps it: 1200 or 99.5, never 1.2E+3."""
    return f"{amount.normalize():f}"


def change_kind(before: Decimal, after: Decimal, *, paid_once: bool) -> Kind | None:
    """What it is called when a month's revenue goes from one to the other; None for no change."""
    if before == after:
        return None
    if not before:
        return Kind.REACTIVATION if paid_once else Kind.NEW
    if not after:
        return Kind.CHURN
    return Kind.EXPANSION if after > before else Kind.CONTRACTION


def _packs(item: Item) -> Decimal:
    """The quantity, or how many packs of `pack` it fills."""
    if not item.pack:
        return item.quantity
    whole = ROUND_CEILING if item.pack_up else ROUND_FLOOR
    return (item.quantity / item.pack).to_integral_value(whole)


def _less(amount: Decimal, discounts: Iterable[Discount], rate: Decimal) -> Decimal:
    for discount in discounts:
        amount = amount * (100 - discount.percent) / 100 - discount.amount * rate
    return max(amount, Decimal(0))
