"""Tables, one module per noun; importing the package registers them all."""

from portal.models.certificates import Certificate, CertificatePrint
from portal.models.claims import Claim, EvidenceFile, Sending
from portal.models.codes import Code
from portal.models.courses import CourseRecord
from portal.models.events import Event, EventHead
from portal.models.imports import ImportBatch, ImportRow
from portal.models.logins import Attempt, Login
from portal.models.offices import Absence, AnnexDeadline, AnnexPaper, RoleProposal
from portal.models.people import Grant, Person
from portal.models.requests import PersonRequest
from portal.models.standings import PersonYear
from portal.models.units import Unit

__all__ = [
    "Absence",
    "AnnexDeadline",
    "AnnexPaper",
    "Attempt",
    "Certificate",
    "CertificatePrint",
    "Claim",
    "Code",
    "CourseRecord",
    "Event",
    "EventHead",
    "EvidenceFile",
    "Grant",
    "ImportBatch",
    "ImportRow",
    "Login",
    "Person",
    "PersonRequest",
    "PersonYear",
    "RoleProposal",
    "Sending",
    "Unit",
]
