"""Daily reports made up for the campaign, in the form of the real ones."""

from datetime import date

REPORT_HEADER = "# Hugging Face Daily Papers Report\n**Date**: {day}\n\n" + "=" * 60 + "\n\n"
PAPER_TEMPLATE = """## 📄 A made-up paper, number {number} of {day}

- **链接**: https://huggingface.co/papers/{id}
- **阅读来源**: HTML

# 研究报告

1. **应用领域**
   Robotics, language models and agents; number {number}.

2. **一句话核心贡献**
   It shows that nothing is lost, and nothing comes twice.

3. **使用指南**
   Read it once.

4. **主要创新点**
   *   **Number {number}**: the number itself.

5. **实验效果**
   One of one.

"""


def report_bytes(day: date, papers: int) -> bytes:
    """Return the bytes of a report with so many papers, whose ids no other day has."""
    return (
        REPORT_HEADER.format(day=day)
        + "".join(PAPER_TEMPLATE.format(day=day, number=n, id=arxiv_id(day, n)) for n in range(papers))
    ).encode()


def arxiv_id(day: date, number: int) -> str:
    """Return the id of a day's paper: arXiv's form, the ordinal of the day and the number in it."""
    return f"{day:%y%m}.{day.day:02d}{number:03d}"
