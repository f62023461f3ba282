"""Forms about certificates."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from portal.forms import PortalForm
from portal.forms.decisions import no_controls


class RevokeCertificateForm(PortalForm):
    """Why a certificate is taken back."""

    reason = TextAreaField(
        "撤销原因",
        [
            InputRequired("请填写撤销证书的原因。"),
            Length(max=200, message="原因不超过 200 字。"),
            no_controls,
        ],
    )
