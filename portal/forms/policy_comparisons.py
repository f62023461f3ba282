"""The form of a trial: which year the candidate is tried on; the files come beside it."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import InputRequired

from portal.forms import PortalForm, options


class TrialForm(PortalForm):
    """The past year to try the candidate on."""

    year = SelectField("试算年度", [InputRequired("请选择年度。")], validate_choice=True)

    def offer(self, years: list[int]) -> None:
        """The years that may be chosen, the newest first."""
        self.year.choices = options((str(year), f"{year} 年度") for year in years)
