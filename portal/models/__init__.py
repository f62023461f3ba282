"""Tables, one module per noun; importing the package registers them all."""

from portal.models.calendar import YearCalendar, YearReopening
from portal.models.certificates import Certificate, CertificatePrint
from portal.models.claims import Claim, EvidenceFile, Sending
from portal.models.codes import Code
from portal.models.courses import CourseHold, CourseImport, CourseRecord
from portal.models.events import Event, EventHead
from portal.models.imports import ImportBatch, ImportRow
from portal.models.jobs import Job, JobRunner
from portal.models.logins import Attempt, Login
from portal.models.messages import Message
from portal.models.notices import Notice, NoticeRead, NoticeUnit
from portal.models.obligations import Obligation
from portal.models.offices import Absence, AnnexDeadline, AnnexPaper, RoleProposal
from portal.models.people import Grant, Person
from portal.models.policy_confirmations import PolicyConfirmation
from portal.models.provincial import ProvincialDifference, ProvincialEntry, ProvincialFigure, ProvincialImport
from portal.models.requests import PersonRequest
from portal.models.return_presets import ReturnPreset
from portal.models.revocations import RevocationItem, RevocationProposal
from portal.models.second_factors import RecoveryCode, SecondFactor
from portal.models.standings import PersonYear
from portal.models.tokens import MachineToken
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
    "CourseHold",
    "CourseImport",
    "CourseRecord",
    "Event",
    "EventHead",
    "EvidenceFile",
    "Grant",
    "ImportBatch",
    "ImportRow",
    "Job",
    "JobRunner",
    "Login",
    "MachineToken",
    "Message",
    "Notice",
    "NoticeRead",
    "NoticeUnit",
    "Obligation",
    "Person",
    "PersonRequest",
    "PersonYear",
    "PolicyConfirmation",
    "ProvincialDifference",
    "ProvincialEntry",
    "ProvincialFigure",
    "ProvincialImport",
    "RecoveryCode",
    "ReturnPreset",
    "RevocationItem",
    "RevocationProposal",
    "RoleProposal",
    "SecondFactor",
    "Sending",
    "Unit",
    "YearCalendar",
    "YearReopening",
]
