"""Signs a PDF so that its readers see who issued it: a campus authority, a signer, one invisible field.

Needs the extra `sign` (pyHanko), imported at first need. The
signed bytes repeat: the key is RSA with PKCS #1 padding, the signing time is the time of issue and the
file's second id follows from its content, so the digest kept at issue holds for every later download.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.pdf.errors import PdfFailed

CA, SIGNER = "ca", "signer"  # file names before .pem and .key
FIELD = "PortalSignature"
RESERVED = 16384  # bytes kept for the signature: two certificates and 384 bytes of RSA fit in a quarter
CA_DAYS, SIGNER_DAYS = 3650, 1825


def configured(folder: Path) -> bool:
    """Whether a signing certificate has been made in this folder."""
    return (folder / f"{SIGNER}.pem").is_file()


def fingerprint(folder: Path) -> str:
    """SHA-256 (hex) of the signing certificate's file."""
    return hashlib.sha256((folder / f"{SIGNER}.pem").read_bytes()).hexdigest()


def make_authority(folder: Path, *, school: str, now: datetime) -> None:
    """Make a campus authority and a signing certificate from it: `ca.pem`, `signer.pem` and their keys.

    Raises FileExistsError when there is one already: certificates out there rest on it.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / f"{CA}.pem").exists() or (folder / f"{SIGNER}.pem").exists():
        raise FileExistsError(folder)

    def name(common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, school[:64]),
                x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
            ]
        )

    def write(file: Path, content: bytes) -> None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())

    def private(key: rsa.RSAPrivateKey) -> bytes:
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    root = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    signer = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    root_name, start = name(f"{school} 校内签名根证书"), now.astimezone(UTC) - timedelta(minutes=5)
    builder = x509.CertificateBuilder().issuer_name(root_name).not_valid_before(start)
    root_id = x509.SubjectKeyIdentifier.from_public_key(root.public_key())

    def usage(*, authority: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not authority,
            content_commitment=not authority,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=authority,
            crl_sign=authority,
            encipher_only=False,
            decipher_only=False,
        )

    ca = (
        builder.subject_name(root_name)
        .public_key(root.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_after(start + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(authority=True), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root, hashes.SHA256())
    )
    leaf = (
        builder.subject_name(name(f"{school} 继续教育学时管理平台"))
        .public_key(signer.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_after(start + timedelta(days=SIGNER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(authority=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False
        )
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write(folder / f"{CA}.key", private(root))
    write(folder / f"{SIGNER}.key", private(signer))
    write(folder / f"{CA}.pem", ca.public_bytes(pem))
    write(folder / f"{SIGNER}.pem", leaf.public_bytes(pem))  # last: its presence turns signing on


def sign(pdf: bytes, folder: Path, *, at: datetime, reason: str, place: str) -> bytes:
    """The file with a signature that covers all of it, dated `at`; the same arguments give the same bytes.

    Raises PdfFailed when the extra is missing or the key cannot be used.
    """
    try:
        from pyhanko.pdf_utils import generic
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers
        from pyhanko.sign.fields import SigSeedSubFilter
    except ImportError as missing:
        raise PdfFailed(["signing needs the extra: pip install 'hours-portal[sign]'"]) from missing
    signer, valid_from = _signer(str(folder), fingerprint(folder))
    moment = max(at.astimezone(UTC), valid_from).replace(microsecond=0)
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    digest = hashlib.sha256(pdf).digest()[:16]
    writer._document_id = generic.ArrayObject([writer._document_id[0], generic.ByteStringObject(digest)])
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        location=place,
        subfilter=SigSeedSubFilter.PADES,
    )
    writer._update_meta = lambda: None  # else the file says when it was downloaded
    out = io.BytesIO()
    session = signers.PdfSigner(meta, signer=signer).init_signing_session(writer)
    session.system_time = moment
    document = session.prepare_tbs_document(None, bytes_reserved=RESERVED)
    prepared, _ = document.digest_tbs_document(output=out)
    attributes = signers.pdf_cms.PdfCMSSignedAttributes(signing_time=moment)

    def sign() -> None:
        digest = prepared.document_digest
        asyncio.run(document.perform_signature(document_digest=digest, pdf_cms_signed_attrs=attributes))

    with ThreadPoolExecutor(1) as fresh:  # a thread of its own has no event loop yet, whoever calls
        fresh.submit(sign).result()
    return out.getvalue()


@lru_cache(maxsize=4)
def _signer(folder: str, _fingerprint: str) -> tuple[Any, datetime]:
    """The loaded signer and the moment its certificate begins, once per certificate and process."""
    from pyhanko.sign import signers

    place = Path(folder)
    signer = signers.SimpleSigner.load(
        str(place / f"{SIGNER}.key"),
        str(place / f"{SIGNER}.pem"),
        ca_chain_files=(str(place / f"{CA}.pem"),),
    )
    if signer is None:
        raise PdfFailed([f"{place}: the signing certificate or its key cannot be read"])
    return signer, signer.signing_cert.not_valid_before.astimezone(UTC)
