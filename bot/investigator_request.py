"""What CloudTrail's record of the login tells of the request itself."""

from __future__ import annotations

import ipaddress

from knowledge.aws_readings import LoginEvent


def request_context(event: LoginEvent | None) -> dict[str, str]:
    """Keys of the request that the record shows: the address that the login came from."""
    if event is None or event.source_ip is None:
        return {}
    try:
        ipaddress.ip_address(event.source_ip)
    except ValueError:
        # A service's name stands there when AWS itself made the call.
        return {}
    return {"aws:SourceIp": event.source_ip}
