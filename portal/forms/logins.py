"""Forms for signing in, confirming and changing the password."""

from __future__ import annotations

from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from portal.forms import PortalForm
from portal.rules import passwords
from portal.rules.mail import address_problem
from portal.rules.vocabulary import Hat

_CHOICES = {hat.value: hat.label for hat in Hat}


_NOT_ENDLESS = Length(max=128, message="密码不超过 128 个字符。")


class LoginForm(PortalForm):
    """Sign in with a hat, as on the provincial platform (登录时选择用人单位)."""

    username = StringField(
        "工号", [InputRequired("请填写工号。"), Length(max=32, message="工号不超过 32 个字符。")]
    )
    password = PasswordField(
        "密码", [InputRequired("请填写密码。"), Length(max=128, message="密码不超过 128 个字符。")]
    )
    hat = SelectField("身份", choices=_CHOICES, default=Hat.PERSON.value)


class HatForm(PortalForm):
    """Switch to another granted hat."""

    hat = SelectField("身份", choices=_CHOICES)


class ConfirmForm(PortalForm):
    """Give the password again before a weighty deed."""

    password = PasswordField("当前密码", [InputRequired("请填写密码。"), _NOT_ENDLESS])


class SecondForm(PortalForm):
    """The code an authenticator app shows, or a recovery code."""

    code = StringField(
        "验证码",
        [InputRequired("请填写验证码。"), Length(max=40, message="验证码为 6 位数字，恢复码为 10 个字符。")],
    )


class _NewPassword(PortalForm):
    """A new password, twice."""

    new = PasswordField("新密码", [InputRequired("请填写新密码。")])
    again = PasswordField(
        "再次输入新密码",
        [InputRequired("请再次输入新密码。"), EqualTo("new", message="两次输入的新密码不一致。")],
    )

    def takes(self, *, username: str, school: str, name: str = "") -> bool:
        """Whether the whole form can be taken, the password's own rules included."""
        fine = self.validate()
        if self.new.data:
            found = passwords.problems(self.new.data, username=username, name=name, school=school)
            self.new.errors = [*self.new.errors, *found]
            fine = fine and not found
        return fine


class PasswordForm(_NewPassword):
    """Change one's own password."""

    current = PasswordField("当前密码", [InputRequired("请填写当前密码。"), _NOT_ENDLESS])


class EmailForm(PortalForm):
    """The address messages are mailed to; empty for none."""

    email = StringField("邮箱地址", filters=[lambda text: (text or "").strip(" ")])

    def validate_email(self, given: StringField) -> None:
        """Nothing but one plain address."""
        told = address_problem(given.data) if given.data else ""
        if told:
            raise ValidationError(told)


class CodeForm(_NewPassword):
    """Set a password with a one-time code."""

    username = StringField(
        "工号", [InputRequired("请填写工号。"), Length(max=32, message="工号不超过 32 个字符。")]
    )
    code = StringField(
        "一次性代码",
        [InputRequired("请填写一次性代码。"), Length(max=40, message="一次性代码为 10 个字符，请核对。")],
    )
