"""What an e-mail address may look like: so plain that nothing but one address fits into it."""

from __future__ import annotations

import re

LONGEST = 120
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:{_LABEL}\.)+[A-Za-z]{{2,24}}")


def address_problem(text: str) -> str:
    """Why the text is no address mail can be sent to; "" when it is one."""
    if len(text) > LONGEST:
        return f"邮箱地址不超过 {LONGEST} 个字符。"
    if len(text.partition("@")[0]) > 64 or not _ADDRESS.fullmatch(text):
        return "邮箱地址应类似 zhangsan@sdsmu.edu.cn，不含空格和中文。"
    return ""
