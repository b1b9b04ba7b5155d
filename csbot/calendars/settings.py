from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from csbot.section import Section


class Calendars(Section):
    """`allowed_networks`: networks of your own that feeds may be fetched from (`10.1.0.0/16`)."""

    allowed_networks: list[IPv4Network | IPv6Network] = Field(default=[])
