"""What every professional does: standing, claims with evidence, certificates, the rules page."""

from flask import Blueprint

bp = Blueprint("staff", __name__)

from portal.blueprints.staff import certificates, claims, evidence, filing, rules, standing  # noqa: E402, F401  (routes)
