"""The personnel office: overview, certificates, policy, log."""

from flask import Blueprint

bp = Blueprint("hr", __name__, url_prefix="/hr")

from portal.blueprints.hr import (  # noqa: E402, F401  (views bind to bp)
    audit,
    certificate_batches,
    certificates,
    claims,
    course_imports,
    exports,
    home,
    imports,
    notices,
    obligations,
    people,
    policy,
    policy_comparisons,
    presets,
    provincial,
    revocations,
    roles,
    tokens,
    units,
    years,
)
