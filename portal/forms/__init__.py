"""Shape and wording of input; no database. The CSRF token is asked for by `portal.security`, for all forms."""

from wtforms import Form
from wtforms.i18n import DummyTranslations


class PortalForm(Form):
    """Every form's parent: own Chinese sentences only, so nothing is translated."""

    class Meta:
        def get_translations(self, form: Form) -> DummyTranslations:
            return DummyTranslations()
