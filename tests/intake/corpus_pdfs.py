"""PDFs that must be refused: broken, locked, acting by themselves, or unfolding to gigabytes."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable, Iterator

import pikepdf
from corpus_parts import Hostile, action, annotate, changed_pdf, link, proof
from pikepdf import Array, Dictionary, Name, String


def hostile_pdfs() -> Iterator[Hostile]:
    """Every one of them."""
    yield from _broken_pdfs()
    yield from _acting_pdfs()
    yield from _heavy_pdfs()


def _broken_pdfs() -> Iterator[Hostile]:
    whole = proof("证明")
    broken = ("已损坏或不完整",)
    yield Hostile("truncated", "残.pdf", whole[: len(whole) // 2], broken)
    yield Hostile("end cut off", "残.pdf", whole[:-20], broken)
    yield Hostile("only a head", "头.pdf", b"%PDF-1.7\n", broken)
    yield Hostile("zip behind the end", "双.pdf", whole + b"PK\x05\x06" + b"\0" * 18, broken)
    yield Hostile("wrong table", "表.pdf", whole.replace(b"\nxref\n", b"\nxrxf\n"), broken)
    yield Hostile("no pages", "无.pdf", _without_pages(), broken)
    yield Hostile("page tree loop", "环.pdf", changed_pdf(_loop), broken)
    yield Hostile("201 pages", "长.pdf", proof("成绩单", pages=201), ("201 页", "200 页"))
    for case, user in (("password", "pw"), ("owner password only", "")):
        lock = pikepdf.Encryption(owner="owner", user=user)
        yield Hostile(
            case, "密.pdf", changed_pdf(lambda pdf: None, encryption=lock), ("密码", "另存为普通 PDF")
        )


def _without_pages() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.save(out)
    return out.getvalue()


def _loop(pdf: pikepdf.Pdf) -> None:
    tree = pdf.Root.Pages
    branch = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Parent=tree))
    branch.Kids = Array([branch])
    pdf.Root.Pages.Kids = Array([branch])


def _acting_pdfs() -> Iterator[Hostile]:
    script = ("脚本（JavaScript）", "打印")
    outside = ("打开其他文件或程序", "打印")
    alone = ("自动执行",)
    for case, change, words in (
        ("script by name", _named_script, script),
        ("script on click", lambda pdf: link(pdf, action("JavaScript", JS=String("app.alert(1)"))), script),
        ("script spelled with hex", _named_script, script),
        ("script in a chain", _chained_script, script),
        ("script in the outline", _outline_script, script),
        ("launch", lambda pdf: link(pdf, action("Launch", F=String("cmd.exe"))), outside),
        ("file on a share", lambda pdf: link(pdf, action("GoToR", F=String("\\\\evil\\x"))), outside),
        ("form that sends", lambda pdf: link(pdf, action("SubmitForm", F=String("http://e/"))), outside),
        ("stream from a file", _outside_stream, outside),
        ("attachment", _attachment, ("附件",)),
        ("attachment on a page", _attached_note, ("附件",)),
        ("portfolio", _portfolio, ("附件",)),
        ("web page on opening", _opening_uri, alone),
        ("prints on opening", _opening_print, alone),
        ("action of the file", _file_trigger, alone),
        ("action of a page", _page_trigger, alone),
        ("dynamic form", _xfa, ("XFA",)),
        ("rich media", lambda pdf: annotate(pdf, "RichMedia"), ("音频、视频",)),
        ("three dimensions", lambda pdf: annotate(pdf, "3D"), ("三维",)),
        ("film", lambda pdf: annotate(pdf, "Screen"), ("视频",)),
    ):
        data = changed_pdf(change)
        if case == "script spelled with hex":
            data = data.replace(b"/JavaScript", b"/#4aavaScript")
            data = changed_offsets(data)
        yield Hostile(case, "动.pdf", data, words)
    hidden = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}
    yield Hostile("script in an object stream", "藏.pdf", changed_pdf(_named_script, **hidden), script)


def changed_offsets(data: bytes) -> bytes:
    """The same file with its cross-reference table written anew after text was replaced by hand."""
    head, _, tail = data.partition(b"\nxref\n")
    trailer = tail[tail.index(b"trailer") : tail.index(b"startxref")]
    count = int(tail.split(b"\n", 1)[0].split()[1])
    rows = [b"0000000000 65535 f \n"]
    rows += [b"%010d 00000 n \n" % (head.index(b"\n%d 0 obj" % number) + 1) for number in range(1, count)]
    table = b"\nxref\n0 %d\n" % count + b"".join(rows) + trailer
    return head + table + b"startxref\n%d\n%%%%EOF\n" % (len(head) + 1)


def _named_script(pdf: pikepdf.Pdf) -> None:
    deed = pdf.make_indirect(action("JavaScript", JS=String("app.alert(1)")))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), deed])))


def _chained_script(pdf: pikepdf.Pdf) -> None:
    second = action("JavaScript", JS=String("app.alert(1)"))
    link(pdf, action("URI", URI=String("https://a.example/"), Next=Array([second])))


def _outline_script(pdf: pikepdf.Pdf) -> None:
    item = pdf.make_indirect(Dictionary(Title=String("x"), A=action("JavaScript", JS=String("1"))))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))


def _outside_stream(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].obj
    page.Contents = pdf.make_stream(b"", F=String("/etc/passwd"))


def _attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["宏.xlsm"] = b"PK"


def _attached_note(pdf: pikepdf.Pdf) -> None:
    inner = pdf.make_stream(b"MZ")
    annotate(pdf, "FileAttachment", FS=Dictionary(Type=Name.Filespec, EF=Dictionary(F=inner)))


def _portfolio(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Collection = Dictionary(View=Name.T)


def _opening_uri(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = action("URI", URI=String("http://evil.example/"))


def _opening_print(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = action("Named", N=Name.Print)


def _file_trigger(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AA = Dictionary(WC=action("URI", URI=String("http://evil.example/")))


def _page_trigger(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=action("URI", URI=String("http://evil.example/")))


def _xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))


def _heavy_pdfs() -> Iterator[Hostile]:
    words = ("过于复杂", "拆分")
    zeros = zlib.compress(b"\0" * 120_000_000)
    flate = Name.FlateDecode
    as_packed = {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.none}
    yield Hostile(
        "600 MB in five streams", "炸.pdf", changed_pdf(_streams([zeros] * 5, flate), **as_packed), words
    )
    twice = zlib.compress(zlib.compress(b"\0" * 300_000_000, 9))
    chain = Array([flate, flate])
    yield Hostile("packed twice", "炸.pdf", changed_pdf(_streams([twice], chain), **as_packed), words)
    one = zlib.compress(b"\0" * 140_000_000)
    yield Hostile("140 MB in one stream", "炸.pdf", changed_pdf(_streams([one], flate), **as_packed), words)
    armour = base64.a85encode(zlib.compress(b"\0" * 140_000_000)) + b"~>"
    armoured = Array([Name.ASCII85Decode, flate])
    yield Hostile("in armour", "炸.pdf", changed_pdf(_streams([armour], armoured), **as_packed), words)
    fake = Array([flate, Name.DCTDecode])
    yield Hostile("as a photo", "炸.pdf", changed_pdf(_streams([one], fake), **as_packed), words)
    runs = b"\x81\0" * 1_100_000 + b"\x80"
    rows = Name.RunLengthDecode
    yield Hostile("run lengths", "炸.pdf", changed_pdf(_streams([runs], rows), **as_packed), words)
    yield Hostile("gigapixel scan", "巨.pdf", changed_pdf(_giant_scan), words)


def _streams(packed: list[bytes], filters: pikepdf.Object) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        streams = []
        for data in packed:
            stream = pdf.make_stream(b"")
            stream.write(data, filter=filters)
            streams.append(stream)
        pdf.pages[0].obj.Contents = Array(streams)

    return change


def _giant_scan(pdf: pikepdf.Pdf) -> None:
    scan = pdf.make_stream(b"\0", Type=Name.XObject, Subtype=Name.Image, Width=90000, Height=90000)
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im0=scan)
