"""Decides whether a PDF holds nothing but pages, and says what to do when it does not."""

from __future__ import annotations

from pathlib import Path

from portal.intake import sandbox
from portal.rules.refusals import RuleBroken

MEMORY = 512 * 1024 * 1024  # bytes of address space for the inspection
MOST_PAGES = 200

_PRINT = "请打开原件，用“打印”功能另存为普通 PDF 后再上传。"
_SENTENCES = {
    "encrypted": "PDF“{name}”设有密码或权限限制，审核人无法正常查看，请解除加密，或" + _PRINT[1:],
    "script": "PDF“{name}”含有脚本（JavaScript），出于安全考虑不能接收，" + _PRINT,
    "launch": "PDF“{name}”含有打开其他文件或程序、对外发送数据的动作，出于安全考虑不能接收，" + _PRINT,
    "embedded": "PDF“{name}”里嵌有其他文件（附件），出于安全考虑不能接收，请去掉附件，或" + _PRINT[1:],
    "opening": "PDF“{name}”含有自动执行的动作，出于安全考虑不能接收，" + _PRINT,
    "xfa": "PDF“{name}”是动态表单（XFA），审核人无法正常查看，" + _PRINT,
    "media": "PDF“{name}”含有音频、视频或三维内容，不能接收，" + _PRINT,
    "broken": "PDF“{name}”已损坏或不完整，无法读取，请确认能正常打开，重新导出或扫描后再上传。",
    "heavy": "PDF“{name}”过于复杂，解压后过大或无法在限定时间内查完，请降低扫描分辨率或拆分后再上传。",
}


def check(file: Path, name: str) -> int:
    """The number of pages. Raises RuleBroken for anything but a plain, complete PDF of at most 200 pages."""
    verdict = sandbox.inspect("pdf_child", str(file), memory=MEMORY)
    if "ok" in verdict:
        return int(verdict["pages"])
    if verdict["refused"] == "pages":
        raise RuleBroken(
            f"PDF“{name}”共 {verdict['pages']} 页，超过 {MOST_PAGES} 页的上限，请只保留与本次申报有关的页。"
        )
    raise RuleBroken(_SENTENCES[verdict["refused"]].format(name=name))
