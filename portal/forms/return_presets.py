"""Forms of the reasons offered when a claim is returned."""

from __future__ import annotations

from wtforms import SelectField, StringField
from wtforms.validators import AnyOf

from portal.forms import PortalForm, options
from portal.forms.decisions import Versioned
from portal.forms.fields import LineField
from portal.rules.vocabulary import CLAIMABLE

LONGEST = 200


class PresetForm(PortalForm):
    """Another reason for a category."""

    category = SelectField("类别", choices=options((c.value, c.label) for c in CLAIMABLE))
    text = LineField("退回原因", most=LONGEST)


class PresetChangeForm(Versioned):
    """Reword, move, retire or restore one reason."""

    action = StringField(
        "操作", [AnyOf(("reword", "up", "down", "retire", "restore"), message="请选择要做的操作。")]
    )
    text = LineField("退回原因", most=LONGEST)
