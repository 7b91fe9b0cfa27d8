"""What a failure of TLS means for the person: a hint that fits the fault."""

from __future__ import annotations

import ssl
from typing import Final

__all__ = ("tls_hint",)

_EXPIRED: Final = 10
"""X509_V_ERR_CERT_HAS_EXPIRED."""
_OTHER_HOST: Final = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_OF_VERSIONS: Final = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "VERSION_TOO_LOW")
_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


def tls_hint(failure: ssl.SSLError) -> str:
    """What to do about a failed handshake."""
    if isinstance(failure, ssl.SSLCertVerificationError):
        if failure.verify_code == _EXPIRED:
            return "The server needs a new one; or is the clock of this machine wrong?"
        if failure.verify_code in _OTHER_HOST:
            return "url must name the host that the certificate is for."
        return "SSL_CERT_FILE may name a file with the certificate of its authority."
    reason = (failure.reason or "").upper()
    if any(word in reason for word in _NO_TLS):
        return "Does it speak TLS at all? Otherwise url begins with http://."
    if any(word in reason for word in _OF_VERSIONS):
        return "The server speaks no version of TLS that is safe: it needs TLS 1.2 or newer."
    return ""
