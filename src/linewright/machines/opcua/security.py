"""Certificates and rights: who may see the machines, who may command them, and which server is the right one.

A folder holds the key and the certificate of this installation (`own/`), the certificates that are trusted
(`trusted/`: of applications, or of authorities that issue them), the lists of what these have revoked (`revoked/`),
and the certificates that were turned away (`rejected/`): to trust one, a person moves its file. The libraries'
defaults check nothing of it; see docs/machines.md.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import USER_TYPES, User, UserRole
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linewright.errors import InputError, Problem

# what the library thinks worth a line is for whoever asks for its log, not for every terminal
logging.getLogger("asyncua").addHandler(logging.NullHandler())

VALID_DAYS = 5 * 365
READABLE_BY_OWNER = 0o600


def usual_folder() -> Path:
    """Where the certificates of this account are kept."""
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(config) / "linewright" / "pki"


class Pki:
    """The certificates of one installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own, self.key = folder / "own" / "linewright.der", folder / "own" / "linewright.pem"
        self.trusted, self.rejected, self.revoked = folder / "trusted", folder / "rejected", folder / "revoked"

    @classmethod
    def open(cls, folder: Path) -> Pki:
        """The certificates in a folder; a key and a certificate of its own are made where it has none.

        Raises InputError where a list of the revoked cannot be read.
        """
        pki = cls(folder)
        for needed in (pki.own.parent, pki.trusted, pki.rejected, pki.revoked):
            needed.mkdir(parents=True, exist_ok=True)
        if not (pki.own.exists() and pki.key.exists()):
            pki._make_own()
        for path in _files(pki.revoked):
            if _list(path.read_bytes()) is None:
                raise InputError([Problem("is no list of revoked certificates (DER or PEM)", str(path))])
        return pki

    @property
    def uri(self) -> str:
        """The name of this application that its certificate bears."""
        certificate = x509.load_der_x509_certificate(self.own.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return str(names.get_values_for_type(x509.UniformResourceIdentifier)[0])

    def trusts(self, der: bytes) -> bool:
        """Is a certificate in force, not revoked, and it or its issuer among the trusted? Our own is."""
        try:
            certificate = x509.load_der_x509_certificate(der)
        except ValueError:
            return False
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            return False
        known = [path.read_bytes() for path in (self.own, *_files(self.trusted))]
        if not any(_vouches(one, der, certificate) for one in known):
            return False
        return not any(_revokes(path.read_bytes(), certificate, known) for path in _files(self.revoked))

    def turn_away(self, der: bytes) -> Path:
        """Keep a certificate that is not trusted, so that a person can decide; returns where."""
        path = self.rejected / f"{hashlib.sha1(der).hexdigest()}.der"  # the thumbprint of OPC UA is SHA-1
        path.write_bytes(der)
        return path

    def _make_own(self) -> None:
        host = socket.gethostname()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Linewright")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=VALID_DAYS))
            .add_extension(
                x509.SubjectAlternativeName(
                    [
                        x509.UniformResourceIdentifier(f"urn:{host}:linewright"),
                        x509.DNSName(host),
                        x509.DNSName("localhost"),
                    ]
                ),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=True,
                    key_encipherment=True,
                    data_encipherment=True,
                    key_agreement=False,
                    key_cert_sign=True,  # it signs itself
                    crl_sign=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.key.touch(READABLE_BY_OWNER)
        self.key.write_bytes(pem)
        self.own.write_bytes(certificate.public_bytes(serialization.Encoding.DER))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _is_pem(known: bytes) -> bool:
    return known.lstrip().startswith(b"-----")


def _certificate(known: bytes) -> x509.Certificate:
    """Raises ValueError."""
    return x509.load_pem_x509_certificate(known) if _is_pem(known) else x509.load_der_x509_certificate(known)


def _list(known: bytes) -> x509.CertificateRevocationList | None:
    try:
        return x509.load_pem_x509_crl(known) if _is_pem(known) else x509.load_der_x509_crl(known)
    except ValueError:
        return None


def _revokes(known: bytes, certificate: x509.Certificate, trusted: list[bytes]) -> bool:
    """Does a file revoke the certificate? One that is no list, or that its authority has not signed, revokes all."""
    revoked = _list(known)
    if revoked is None:
        return True
    if revoked.issuer != certificate.issuer:
        return False
    authorities = [one for one in map(_certificate_or_none, trusted) if one and one.subject == revoked.issuer]
    if authorities and not any(_signed(revoked, one) for one in authorities):
        return True
    return revoked.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


def _signed(revoked: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    try:
        return revoked.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # of any kind
    except (TypeError, InvalidSignature):
        return False


def _certificate_or_none(known: bytes) -> x509.Certificate | None:
    try:
        return _certificate(known)
    except ValueError:
        return None


def _vouches(known: bytes, der: bytes, certificate: x509.Certificate) -> bool:
    """Is a file that of the certificate itself, or of the authority that issued it?"""
    try:
        authority = _certificate(known)
        if authority.public_bytes(serialization.Encoding.DER) == der:
            return True
        if not authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return True


class Users:
    """Who somebody is: an application whose certificate is trusted may command, anybody else only look."""

    def __init__(self, pki: Pki | None, open_to_all: bool) -> None:
        self.pki, self.open_to_all = pki, open_to_all

    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        """The library asks this when a session is activated; `certificate` (DER) is that of the secure channel.

        (The library's own hook sees only what a client says its certificate is, and is skipped if it says nothing.)
        """
        if username is not None:
            return None  # no passwords are kept here
        if certificate and self.pki and not self.pki.trusts(certificate):
            self.pki.turn_away(certificate)
            raise ServiceError(ua.StatusCodes.BadCertificateUntrusted)
        return User(role=UserRole.User if certificate or self.open_to_all else UserRole.Anonymous)


SERVICES_OF_ALL = frozenset(
    ua.NodeId(number)
    for number in USER_TYPES
    if number
    not in (ua.ObjectIds.WriteRequest_Encoding_DefaultBinary, ua.ObjectIds.CallRequest_Encoding_DefaultBinary)
)
CALL = ua.NodeId(ua.ObjectIds.CallRequest_Encoding_DefaultBinary)


class Rights:
    """What they may do: nobody writes or changes the address space, users call methods, all may look."""

    def check_validity(self, user: User, action_type: ua.NodeId, body: Any) -> bool:
        """The library asks this at every request within a session."""
        return action_type in SERVICES_OF_ALL or (action_type == CALL and user.role is UserRole.User)
