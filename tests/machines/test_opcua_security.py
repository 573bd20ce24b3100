"""Whom we trust: certificates, the authorities that issue them, and what these have revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from linewright.errors import InputError
from linewright.machines.opcua.security import Pki

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Authority:
    """Issues certificates and revokes them."""

    def __init__(self, name: str) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.own = self._made(self.name, 1, NOW + DAY, authority=True)

    def certificate(self, number: int, until: datetime = NOW + DAY) -> x509.Certificate:
        """For a machine."""
        return self._made(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"machine {number}")]), number, until)

    def revoke(self, numbers: Sequence[int], by: Authority | None = None) -> x509.CertificateRevocationList:
        """A list of the revoked, signed by this authority or, in its name, by another one."""
        made = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        made = made.last_update(NOW - DAY).next_update(NOW - DAY / 2)  # it is overdue, and counts
        for number in numbers:
            one = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(NOW - DAY).build()
            made = made.add_revoked_certificate(one)
        return made.sign((by or self).key, hashes.SHA256())

    def _made(self, subject: x509.Name, number: int, until: datetime, authority: bool = False) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).serial_number(number)
        made = made.public_key(self.key.public_key()).not_valid_before(NOW - 2 * DAY).not_valid_after(until)
        made = made.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        return made.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.open(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def pki(ours: Pki) -> Pki:
    """With nobody in it but us."""
    for folder in (ours.trusted, ours.revoked):
        for path in folder.iterdir():
            path.unlink()
    return ours


def der(one: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return one.public_bytes(Encoding.DER)


def test_whom_a_folder_trusts(pki: Pki) -> None:
    works, other = Authority("works"), Authority("other")
    pki.trusted.joinpath("works.pem").write_bytes(works.own.public_bytes(Encoding.PEM))
    pki.trusted.joinpath("known.der").write_bytes(der(other.certificate(7)))
    assert pki.trusts(pki.own.read_bytes())
    assert pki.trusts(der(works.certificate(5))) and pki.trusts(pki.trusted.joinpath("known.der").read_bytes())
    assert not pki.trusts(der(other.certificate(8)))  # who issued one that is known is not thereby an authority
    assert not pki.trusts(der(works.certificate(6, NOW - DAY)))  # it is not in force any more
    assert not pki.trusts(der(Authority("works").certificate(5)))  # of another one with that name
    assert not pki.trusts(b"no certificate")


def test_what_an_authority_has_revoked_is_not_trusted_even_if_it_is_known(pki: Pki) -> None:
    works, other = Authority("works"), Authority("other")
    pki.trusted.joinpath("works.der").write_bytes(der(works.own))
    pki.trusted.joinpath("known.der").write_bytes(der(works.certificate(7)))
    pki.revoked.joinpath("other.crl").write_bytes(der(other.revoke([5, 6, 7])))
    assert all(pki.trusts(der(works.certificate(number))) for number in (5, 6, 7))  # that list is of others
    pki.revoked.joinpath("works.crl").write_bytes(works.revoke([5, 7]).public_bytes(Encoding.PEM))
    assert [pki.trusts(der(works.certificate(number))) for number in (5, 6, 7)] == [False, True, False]


def test_a_list_that_its_authority_did_not_sign_leaves_nobody_of_it_trusted(pki: Pki) -> None:
    works = Authority("works")
    pki.trusted.joinpath("works.der").write_bytes(der(works.own))
    pki.revoked.joinpath("works.crl").write_bytes(der(works.revoke([], by=Authority("forger"))))
    assert not pki.trusts(der(works.certificate(5)))
    assert pki.trusts(pki.own.read_bytes())


def test_a_list_that_is_none_is_named(pki: Pki) -> None:
    pki.revoked.joinpath("works.crl").write_bytes(b"none")
    with pytest.raises(InputError, match=r"works\.crl.*no list of revoked"):
        Pki.open(pki.folder)
