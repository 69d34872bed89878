"""What the shop sells to whom: the columns of the raw topics, and rows that look alive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

Row = Mapping[str, str | int]
"""Column → value; times in ms since the epoch, money in cents."""

_COUNTRIES = ("AT", "CH", "DE", "FR", "IT", "NL", "PL", "SE")
_NAMES = ("Abel", "Brandt", "Conti", "Dubois", "Eriksen", "Fischer", "Girard", "Horvat", "Ilić", "Jansen")
_SEGMENTS = ("consumer", "business", "public")
_CHANNELS = ("web", "app", "store")
_METHODS = ("card", "transfer", "invoice")
_CARRIERS = ("post", "express", "freight")
_ORDER_STATES = ("placed", "packed", "completed", "completed", "cancelled")
_PAYMENT_STATES = ("authorized", "captured", "captured", "captured", "refunded", "failed")
_SHIPMENT_STATES = ("created", "under way", "delivered", "delivered")
# Orders of people who are no customers: what a join with the customers must not lose.
_GUEST_SHARE = 0.02
# Of an order's total: mostly all of it, sometimes a little or a lot less.
_PAID_SHARES = (1.0, 1.0, 1.0, 0.99, 0.97, 0.5, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A raw topic: its key column, the parent whose key it carries, and how its rows come to be and change.

    ``create`` gets (random, row of the parent, ms since the epoch) and ``alter`` (random, old row); neither
    gives a row its key, ``op``, ``lsn`` and ``updated_at``.
    """

    name: str
    key: str
    prefix: str
    parent: str | None
    create: Callable[[Random, Row, int], Row]
    alter: Callable[[Random, Row], Row]


def _new_customer(random: Random, _parent: Row, _now: int) -> Row:
    return {
        "customer_name": random.choice(_NAMES),
        "country": random.choice(_COUNTRIES),
        "segment": random.choice(_SEGMENTS),
    }


def _move_customer(random: Random, row: Row) -> Row:
    return {**row, "country": random.choice(_COUNTRIES), "segment": random.choice(_SEGMENTS)}


def _new_order(random: Random, customer: Row, now: int) -> Row:
    return {
        "customer_id": "guest" if random.random() < _GUEST_SHARE else customer["customer_id"],
        "channel": random.choice(_CHANNELS),
        "order_status": "placed",
        "order_cents": random.randrange(500, 90_000),
        "ordered_at": now,
    }


def _move_order(random: Random, row: Row) -> Row:
    cents = int(row["order_cents"]) + random.choice((0, 0, 0, 250))
    return {**row, "order_status": random.choice(_ORDER_STATES), "order_cents": cents}


def _new_payment(random: Random, order: Row, _now: int) -> Row:
    return {
        "order_id": order["order_id"],
        "payment_method": random.choice(_METHODS),
        "payment_status": random.choice(_PAYMENT_STATES),
        "amount_cents": round(int(order["order_cents"]) * random.choice(_PAID_SHARES)),
    }


def _move_payment(random: Random, row: Row) -> Row:
    return {**row, "payment_status": random.choice(_PAYMENT_STATES)}


def _new_shipment(random: Random, order: Row, _now: int) -> Row:
    return {
        "order_id": order["order_id"],
        "carrier": random.choice(_CARRIERS),
        "shipment_status": random.choice(_SHIPMENT_STATES),
        "weight_grams": random.randrange(50, 40_000),
    }


def _move_shipment(random: Random, row: Row) -> Row:
    return {**row, "shipment_status": random.choice(_SHIPMENT_STATES)}


CUSTOMERS = RawTable(
    name="raw_a", key="customer_id", prefix="C", parent=None, create=_new_customer, alter=_move_customer
)
ORDERS = RawTable(
    name="raw_b", key="order_id", prefix="O", parent="raw_a", create=_new_order, alter=_move_order
)
PAYMENTS = RawTable(
    name="raw_c", key="payment_id", prefix="P", parent="raw_b", create=_new_payment, alter=_move_payment
)
SHIPMENTS = RawTable(
    name="raw_x", key="shipment_id", prefix="S", parent="raw_b", create=_new_shipment, alter=_move_shipment
)
RAW_TABLES = {table.name: table for table in (CUSTOMERS, ORDERS, PAYMENTS, SHIPMENTS)}
