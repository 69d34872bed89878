"""The demo's tables at v1.0.0, worked out in Python from the raw changes: what Flink has to arrive at."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from airflow_bluegreen.demo.records import Change
from airflow_bluegreen.demo.retail import RAW_TABLES, Row

Fields = dict[str, Any]
Rows = dict[str, Fields]
"""Business id → the columns of its row, the key column included."""


def newest(changes: Iterable[Change]) -> dict[str, dict[str, Row]]:
    """By raw table and key, the row with the greatest lsn, unless that is a deletion."""
    folded: dict[str, dict[str, Row]] = {name: {} for name in RAW_TABLES}
    for change in changes:
        rows = folded[change.table]
        if change.key not in rows or int(change.row["lsn"]) > int(rows[change.key]["lsn"]):
            rows[change.key] = change.row
    return {
        name: {key: row for key, row in rows.items() if row["op"] != "d"} for name, rows in folded.items()
    }


def expected_tables(changes: Iterable[Change]) -> Mapping[str, Rows]:
    """Every table of the project by name."""
    raw = newest(changes)
    customers = {key: _without_log(row) for key, row in raw["raw_a"].items()}
    orders = {
        key: {**_without_log(row, "order_cents"), "order_total": _money(row["order_cents"])}
        for key, row in raw["raw_b"].items()
        if key.startswith("O-")
    }
    payments = {
        key: {**_without_log(row, "amount_cents"), "amount": _money(row["amount_cents"])}
        for key, row in raw["raw_c"].items()
    }
    shipments = {key: _without_log(row) for key, row in raw["raw_x"].items()}
    int_1 = {key: _int_1(order, customers) for key, order in orders.items()}
    int_2 = _int_2(orders, payments)
    int_3 = _int_3(orders, customers, payments)
    fact_1 = {key: _fact_1(row, int_2[key]) for key, row in int_1.items()}
    return {
        "src_a": customers,
        "src_b": orders,
        "src_c": payments,
        "src_x": shipments,
        "int_1": int_1,
        "int_2": int_2,
        "int_3": int_3,
        "fact_1": fact_1,
        "fact_2": {key: _fact_2(row, int_2[key]) for key, row in int_3.items()},
        "fact_3": _fact_3(int_3, shipments),
        "view_1": _view_1(fact_1),
    }


def _without_log(row: Row, *others: str) -> Fields:
    return {name: value for name, value in row.items() if name not in ("op", "lsn", *others)}


def _money(cents: str | int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _customer(order: Fields, customers: Rows) -> Fields:
    customer = customers.get(order["customer_id"], {})
    return {name: customer.get(name, "unknown") for name in ("country", "segment")}


def _int_1(order: Fields, customers: Rows) -> Fields:
    columns = ("order_id", "customer_id", "channel", "order_status", "order_total", "ordered_at")
    return {name: order[name] for name in columns} | _customer(order, customers)


def _by_order(rows: Rows) -> dict[str, list[Fields]]:
    grouped: dict[str, list[Fields]] = {}
    for row in rows.values():
        grouped.setdefault(row["order_id"], []).append(row)
    return grouped


def _total(payments: Iterable[Fields], status: str) -> Decimal:
    return sum((each["amount"] for each in payments if each["payment_status"] == status), Decimal("0.00"))


def _int_2(orders: Rows, payments: Rows) -> Rows:
    paid = _by_order(payments)
    return {
        key: {
            "order_id": key,
            "order_total": order["order_total"],
            "payment_count": len(paid.get(key, ())),
            "captured_total": _total(paid.get(key, ()), "captured"),
            "refunded_total": _total(paid.get(key, ()), "refunded"),
        }
        for key, order in orders.items()
    }


def _int_3(orders: Rows, customers: Rows, payments: Rows) -> Rows:
    paid = _by_order(payments)
    rows: Rows = {}
    for key, order in orders.items():
        amount = _total(paid.get(key, ()), "captured")
        rows[key] = {
            "order_id": key,
            "customer_id": order["customer_id"],
            **_customer(order, customers),
            "paid_amount": amount,
            "payment_state": _payment_state(order, amount),
            "open_amount": order["order_total"] - amount,
            "updated_at": order["updated_at"],
        }
    return rows


def _payment_state(order: Fields, paid: Decimal) -> str:
    if order["order_status"] == "cancelled":
        return "cancelled"
    if paid >= order["order_total"]:
        return "paid"
    return "partly paid" if paid > 0 else "open"


def _fact_1(order: Fields, payments: Fields) -> Fields:
    columns = ("order_id", "country", "segment", "channel", "order_status", "ordered_at", "order_total")
    net = payments["captured_total"] - payments["refunded_total"]
    return {name: order[name] for name in columns} | {"net_revenue": net}


def _fact_2(owed: Fields, payments: Fields) -> Fields:
    return {name: owed[name] for name in ("order_id", "customer_id", "segment", "open_amount")} | {
        name: payments[name] for name in ("order_total", "payment_count", "refunded_total")
    }


def _fact_3(owed: Rows, shipments: Rows) -> Rows:
    sent = _by_order(shipments)
    return {
        key: {name: row[name] for name in ("order_id", "customer_id", "country", "payment_state")}
        | _delivery(sent.get(key, []))
        for key, row in owed.items()
    }


def _delivery(shipments: list[Fields]) -> Fields:
    weight = sum(each["weight_grams"] for each in shipments)
    delivered = [each for each in shipments if each["shipment_status"] == "delivered"]
    return {
        "shipment_count": len(shipments),
        "weight_grams": weight,
        "size_class": "bulky" if weight >= 30_000 else "parcel" if weight >= 2_000 else "letter",
        "delivery_state": "not shipped"
        if not shipments
        else "delivered"
        if len(delivered) == len(shipments)
        else "under way",
    }


def _view_1(revenue: Rows) -> Rows:
    rows: Rows = {}
    for fact in revenue.values():
        row = rows.setdefault(
            fact["country"],
            {
                "country": fact["country"],
                "order_count": 0,
                "cancelled_count": 0,
                "net_revenue": Decimal("0.00"),
            },
        )
        row["order_count"] += 1
        row["cancelled_count"] += fact["order_status"] == "cancelled"
        row["net_revenue"] += fact["net_revenue"]
    return rows
