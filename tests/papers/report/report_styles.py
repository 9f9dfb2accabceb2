"""Writes the papers of a report again in the dress of another writer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.model import Paper, Report, Section

Heading = Callable[[int, str], str]
"""Writes a section heading from its number (from 1) and name."""

SIMPLIFIED = dict(zip(Section, ["应用领域", "一句话核心贡献", "使用指南", "主要创新点", "实验效果"], strict=True))
TRADITIONAL = dict(zip(Section, ["應用領域", "一句話核心貢獻", "使用指南", "主要創新點", "實驗效果"], strict=True))
ENGLISH = dict(
    zip(
        Section,
        ["Application area", "One-sentence contribution", "Usage guide", "Main Innovations", "Experimental Results"],
        strict=True,
    )
)

_CIRCLED = " ①②③④⑤"
_CHINESE = " 一二三四五"
_ROMAN = ["", "I", "II", "III", "IV", "V"]
_EMOJI = " 🎯💡🛠🚀📊"

HEADINGS: dict[str, Heading] = {
    "number, bold": lambda n, name: f"{n}. **{name}**",
    "level 3, number": lambda n, name: f"### {n}. {name}",
    "level 2, number": lambda n, name: f"## {n}. {name}",
    "number, bold, colon": lambda n, name: f"{n}. **{name}**：",
    "number in bold": lambda n, name: f"**{n}. {name}**",
    "circled": lambda n, name: f"{_CIRCLED[n]} {name}",
    "circled, bold, close": lambda n, name: f"**{_CIRCLED[n]}{name}**",
    "Chinese numeral": lambda n, name: f"{_CHINESE[n]}、{name}",
    "Chinese numeral in brackets": lambda n, name: f"### （{_CHINESE[n]}）{name}",
    "keycap": lambda n, name: f"#### {n}\ufe0f\u20e3 {name}",
    "keycap without selector": lambda n, name: f"{n}\u20e3 **{name}**",
    "full-width brackets": lambda n, name: f"（{n}） {name}",
    "half brackets": lambda n, name: f"({n}) {name}:",
    "one bracket": lambda n, name: f"{n}） {name}",
    "Roman": lambda n, name: f"{_ROMAN[n]}. {name}",
    "Roman, bold": lambda n, name: f"**{_ROMAN[n]}. {name}：**",
    "full-width numeral": lambda n, name: f"{chr(0xFF10 + n)}．{name}",
    "ordinal": lambda n, name: f"## 第{_CHINESE[n]}部分：{name}",
    "section word": lambda n, name: f"## Section {n}: {name}",
    "escaped numeral": lambda n, name: f"{n}\\. **{name}**",
    "level 1": lambda _, name: f"# {name}",
    "level 4": lambda _, name: f"#### {name}",
    "level 6, closed": lambda _, name: f"###### {name} ######",
    "level 3, no blank": lambda _, name: f"###{name}",
    "level 3, bold": lambda n, name: f"### **{n}. {name}**",
    "bold": lambda _, name: f"**{name}**",
    "bold, colon outside": lambda _, name: f"**{name}**:",
    "bold, colon inside": lambda _, name: f"**{name}：**",
    "bold, half colon inside": lambda _, name: f"**{name}:**",
    "bold, loose": lambda _, name: f"** {name} **",
    "bold underscores": lambda _, name: f"__{name}__",
    "bold italic": lambda _, name: f"***{name}***",
    "italic": lambda _, name: f"*{name}*",
    "italic, colon": lambda n, name: f"{n}. _{name}_：",
    "bullet, bold": lambda _, name: f"- **{name}**：",
    "star, bold, number": lambda n, name: f"* **{n}. {name}**",
    "nothing": lambda _, name: name,
    "nothing but a colon": lambda _, name: f"{name}：",
    "icon": lambda n, name: f"{_EMOJI[n]} {name}",
    "icon, level 3, number": lambda n, name: f"### {_EMOJI[n]} {n}. {name}",
    "icon, bold": lambda n, name: f"**{_EMOJI[n]} {name}**",
    "icon behind": lambda n, name: f"### {name} {_EMOJI[n]}",
    "page icon": lambda n, name: f"### 📄 {n}. {name}",
    "lenticular": lambda _, name: f"【{name}】",
    "lenticular, bold": lambda _, name: f"**【{name}】**",
    "corner": lambda n, name: f"{n}. 「{name}」",
    "quote": lambda n, name: f"> **{n}. {name}**",
    "code": lambda _, name: f"`{name}`",
    "tag": lambda _, name: f"<h3>{name}</h3>",
    "gloss": lambda n, name: f"### {n}. {name}（{_translate_name(name)}）",
    "gloss behind a slash": lambda n, name: f"**{n}. {name} / {_translate_name(name)}**：",
    "no-break blanks": lambda n, name: f"##\u00a0{n}.\u00a0{name}\u00a0",
    "full-width blanks": lambda n, name: f"{n}.\u3000**{name}**\u3000：\u3000",
    "underlined": lambda _, name: f"{name}\n------",
    "trailing blanks": lambda n, name: f"{n}. **{name}**   \t",
}

INLINE: dict[str, Heading] = {
    "bold, full colon": lambda _, name: f"**{name}**：",
    "bold, half colon": lambda _, name: f"**{name}**: ",
    "bold, colon inside": lambda _, name: f"**{name}：**",
    "number, bold": lambda n, name: f"{n}. **{name}**：",
    "number": lambda n, name: f"{n}. {name}：",
    "Chinese numeral": lambda n, name: f"{_CHINESE[n]}、{name}：",
    "bullet, bold": lambda _, name: f"- **{name}**：",
    "lenticular": lambda _, name: f"【{name}】",
    "lenticular, colon": lambda _, name: f"**【{name}】**：",
    "icon": lambda n, name: f"{_EMOJI[n]} **{name}**：",
    "level 3": lambda n, name: f"### {n}. {name}：",
    "nothing": lambda _, name: f"{name}：",
    "dash": lambda n, name: f"### {n}. {name} —— ",
}
"""Headings with the section's first words on their own line."""


def _translate_name(name: str) -> str:
    for names, other in ((SIMPLIFIED, ENGLISH), (TRADITIONAL, ENGLISH), (ENGLISH, SIMPLIFIED)):
        for section, own in names.items():
            if own == name:
                return other[section]
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStyle:
    """How a writer dresses a report."""

    heading: Heading = HEADINGS["number, bold"]
    inline: bool = False
    names: dict[Section, str] | None = None
    title: str = "## 📄 {title}"
    link: str = "- **链接**: {url}"
    source: str = "- **阅读来源**: {read_from}"
    separator: str = "=" * 60
    repeated_title: str = "# {title} 研究报告"
    fence: tuple[str, str] = ("", "")
    indent: str = ""
    blank_lines: bool = True
    date: str = "**Date**: {date}"
    divider: str = ""


def write_report(report: Report, style: ReportStyle) -> str:
    """Write ``report`` in ``style``."""
    head = [
        "# Hugging Face Daily Papers Report",
        style.date.format(date=report.date.isoformat() if report.date else ""),
        f"**Source URL**: {report.source_url}",
    ]
    blocks = ["\n".join(head), *(_write_paper(n, paper, style) for n, paper in enumerate(report.papers, start=1))]
    parts = ["", style.separator, "", ""] if style.separator else ["", "", ""]
    return "\n".join(parts).join([*blocks, ""])


def _write_paper(n: int, paper: Paper, style: ReportStyle) -> str:
    particulars = [
        style.link.format(url=paper.url, id=paper.id, title=paper.title),
        style.source.format(read_from=paper.summary_source),
    ]
    title = style.title.format(title=paper.title, url=paper.url, n=n)
    top = "\n".join([title, "", *[line for line in particulars if line]])
    body = [style.repeated_title.format(title=paper.title), *_write_sections(paper, style)]
    opening, closing = style.fence
    blocks = [top, "\n".join(part for part in [opening, _join_blocks(body, style), closing] if part)]
    return "\n\n".join(blocks)


def _join_blocks(blocks: Sequence[str], style: ReportStyle) -> str:
    gap = f"\n\n{style.divider}\n\n" if style.divider else "\n\n" if style.blank_lines else "\n"
    return gap.join(block for block in blocks if block)


def _write_sections(paper: Paper, style: ReportStyle) -> list[str]:
    names = style.names or SIMPLIFIED
    blocks = []
    for n, section in enumerate(Section, start=1):
        if section in paper.sections:
            heading, text = style.heading(n, names[section]), paper.sections[section]
            inline = style.inline and not text.startswith((" ", "*   ", "1. ", "#"))
            indented = "\n".join(f"{style.indent}{line}" if line else line for line in text.split("\n"))
            blocks.append(heading + text if inline else f"{heading}\n{indented}")
    return blocks
