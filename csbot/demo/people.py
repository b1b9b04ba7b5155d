"""The demo's people: our own team, and names for the customers' contacts."""

from typing import NamedTuple

ANN = "Ann Kowalski"  # the champion who comes back on Wednesday
MONDAY_ZONE = "Europe/Berlin"


class Mate(NamedTuple):
    slack_id: str
    name: str
    role: str
    title: str
    zone: str
    manager: str | None
    address: str = ""

    @property
    def email(self) -> str:
        return self.address or f"{self.name.split()[0].lower()}@northwind.example"


TEAM = (
    Mate("U_DANA", "Dana Reyes", "csm", "Customer Success Manager", MONDAY_ZONE, "U_PRIYA"),
    Mate("U_PRIYA", "Priya Shah", "manager", "Head of Customer Success", MONDAY_ZONE, None),
    Mate("U_LEE", "Lee Park", "csm", "Customer Success Manager", "Europe/London", "U_PRIYA"),
    Mate("U_SAM", "Sam Okafor", "csm", "Customer Success Manager", "Europe/Lisbon", "U_PRIYA"),
    Mate("U_ALEX", "Alex Kim", "admin", "CS Operations", MONDAY_ZONE, None),
    Mate("U_ROBIN", "Robin Weiss", "viewer", "Sales", MONDAY_ZONE, None),
)

FIRST = (
    "Max", "Gus", "Ines", "Omar", "Yuki", "Lena", "Paul", "Rosa", "Tariq", "Vera", "Ben", "Cleo",
    "Dev", "Elif", "Finn", "Gita", "Hugo", "Ida", "Jon", "Kaya", "Lars", "Mina", "Nils", "Olga",
    "Pia", "Quinn", "Ravi", "Sara", "Tom", "Uma", "Wes", "Zoe",
)  # fmt: skip
LAST = (
    "Abel", "Bauer", "Chen", "Diaz", "Evans", "Fischer", "Grant", "Haas", "Ito", "Jensen", "Klein",
    "Lopez", "Meyer", "Novak", "Ortiz", "Petrov", "Rossi", "Silva", "Tanaka", "Ueda", "Vogel",
)  # fmt: skip
ROLES = ("champion", "decision maker", "user", "user", "admin")


def contact_name(number: int) -> str:
    return f"{FIRST[number * 7 % len(FIRST)]} {LAST[number * 11 % len(LAST)]}"
