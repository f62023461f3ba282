"""Shape and wording of input; no database. The CSRF token is asked for by `portal.security`, always."""

from collections.abc import Iterable

from wtforms import Form
from wtforms.fields import SelectChoice
from wtforms.i18n import DummyTranslations


class PortalForm(Form):
    """Every form's parent: own Chinese sentences only, so nothing is translated."""

    class Meta:
        def get_translations(self, form: Form) -> DummyTranslations:
            return DummyTranslations()


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Choices of a select field from (value, label) pairs."""
    return [SelectChoice(value, label) for value, label in pairs]
