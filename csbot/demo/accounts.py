"""The demo's customers, read from customers.csv, in days and points around the story's Monday."""

import csv
from pathlib import Path
from typing import NamedTuple

OWNERS = {"D": "U_DANA", "L": "U_LEE", "S": "U_SAM", "-": None}
NUMBERS = ("arr", "health", "health_then", "renews_in", "age")


class Customer(NamedTuple):
    """`renews_in` and `age` in days; `health_then` is the score a week before."""

    name: str
    owner: str
    segment: str
    arr: int
    health: int
    health_then: int
    renews_in: int
    age: int
    stage: str
    industry: str
    forecast: str
    next_step: str


def customers() -> list[Customer]:
    with Path(__file__).with_name("customers.csv").open(encoding="utf-8", newline="") as file:
        return [_customer(row) for row in csv.DictReader(file)]


def _customer(row: dict[str, str]) -> Customer:
    numbers = {name: int(row[name]) for name in NUMBERS}
    return Customer(**{**row, **numbers})  # type: ignore[arg-type]
