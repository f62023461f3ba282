"""No form declares a field by which whoever fills it in could make themselves somebody else."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import portal
import portal.forms
from portal.forms import PortalForm

# names of columns that say whose a row is, what was decided of it, or what somebody may do
GUARDED = frozenset(
    {
        *(
            "status",
            "state",
            "user_id",
            "person_id",
            "unit_id",
            "unit",
            "reviewer_id",
            "decider_id",
            "filer_id",
        ),
        *("role", "hats", "is_admin", "approved_hours", "approved_quarters", "credited", "quarters", "met"),
        *("year", "version", "uuid", "id", "password_hash", "valid_from", "valid_to", "disabled_at"),
    }
)
# (form, field): why it may
ALLOWED = {
    ("AuditForm", "person"): "a word to search by",
    ("BatchForm", "unit"): "HR's choice of what to print",
    ("BatchForm", "year"): "HR's choice of what to print",
    ("ClaimForm", "version"): "what the page showed, compared and never stored",
    ("ClaimForm", "year"): "the year of a self-study, which only its author knows",
    ("DecisionForm", "version"): "what the page showed, compared and never stored",
    ("DifferencesForm", "unit"): "a filter",
    ("ExportForm", "status"): "a filter",
    ("ExportForm", "unit"): "a filter of HR's; an admin's form has none",
    ("ExportForm", "year"): "a filter",
    ("ManyForm", "status"): "the queue's filter, within the reviewer's scope",
    ("ManyForm", "unit"): "the queue's filter, within the reviewer's scope",
    ("NoticeDeedForm", "version"): "what the page showed, compared and never stored",
    ("NoticeForm", "version"): "what the page showed, compared and never stored",
    ("ObligationEndForm", "year"): "HR says for which year",
    ("ObligationForm", "year"): "HR says for which year",
    ("OverviewForm", "unit"): "a filter, within the reviewer's scope",
    ("OverviewForm", "year"): "a filter",
    ("PeopleQueueForm", "status"): "a filter",
    ("PresetChangeForm", "version"): "what the page showed, compared and never stored",
    ("QueueForm", "status"): "a filter",
    ("QueueForm", "unit"): "a filter, within the reviewer's scope",
    ("RecordForm", "unit"): "what is asked for; somebody else decides it",
    ("RegistrationForm", "unit"): "what is asked for; somebody else decides it",
    ("RequestDecisionForm", "version"): "what the page showed, compared and never stored",
    ("RoleForm", "role"): "HR proposes, a second officer confirms",
    ("SheetForm", "unit"): "a filter, within the reviewer's scope",
    ("SheetForm", "year"): "a filter",
    ("TokenForm", "unit"): "HR narrows a program's token",
    ("TrialForm", "year"): "the year a candidate policy is tried on; nothing is stored",
    ("UndoForm", "version"): "what the page showed, compared and never stored",
    ("Versioned", "version"): "what the page showed, compared and never stored",
    ("_Filtered", "unit"): "a filter",
}
SOURCES = Path(portal.__file__).parent


def forms() -> Iterator[type[PortalForm]]:
    """Every form class of the portal."""
    for module in pkgutil.iter_modules(portal.forms.__path__):
        importlib.import_module(f"portal.forms.{module.name}")
    waiting = list(PortalForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("portal."):
            yield form


def test_no_form_has_a_field_that_is_not_the_persons_to_fill_in() -> None:
    found = {
        (form.__name__, name)
        for form in forms()
        for name in dir(form)
        if name in GUARDED and hasattr(getattr(form, name), "field_class")
    }
    assert found <= set(ALLOWED), (
        f"{sorted(found - set(ALLOWED))}: whose is it to say? Take the field out, "
        "or give the reason in tests/forms/test_field_names.py"
    )
    assert {key for key in ALLOWED if key[1] in GUARDED} <= found, sorted(set(ALLOWED) - found)


def test_no_row_is_filled_from_a_whole_form() -> None:
    """Each column is named where it is set, so a surplus field has nowhere to go."""
    wholesale = re.compile(r"populate_obj\(|\*\*\s*request\.|\*\*\s*form\.data|\*\*\s*form\.to_dict")
    found = [
        f"{file.relative_to(SOURCES)}:{number}"
        for file in SOURCES.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if wholesale.search(line)
    ]
    assert not found, f"{found}: name each column"
