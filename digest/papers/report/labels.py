"""Lines beside a title that tell something of a paper and are no title: labels nobody knows, rows, pictures.

``- **热度**: 35``, ``⭐ 120 | 💬 4``, ``| 组织 | Google |``, ``#agents #robots``, ``[arXiv](…) · [PDF](…)``.
"""

import re

_FRONT = r"\s*(?:(?:[-*+•·◦‣>]|[0-9]{1,2}[.)、])\s{1,9}){0,3}"
_MAX_LABEL = 30
_BOLD_LABEL = re.compile(
    rf"{_FRONT}(\*{{1,3}}|_{{1,3}})[^*_:：]{{1,{_MAX_LABEL}}}(?:\s?[:：]\s?\1|\1\s?[:：])(?P<value>.*)"
)
_LISTED_LABEL = re.compile(rf"\s*(?:[-*+•·◦‣>]\s{{1,9}}){{1,3}}[^*_:：]{{1,{_MAX_LABEL}}}[:：](?P<value>.*)")
_BARE_LABEL = re.compile(rf"\s*(?P<label>[^*_:：#]{{1,{_MAX_LABEL}}}?)\s?[:：](?P<value>.*)")
_KNOWN_LABEL = re.compile(
    r"(?:.{0,4}(?:热度|熱度|点赞|點讚|收藏|票数|票數|评论|評論|排名|评分|評分|组织|組織|机构|機構|单位|單位|作者|团队|團隊"
    r"|中文标题|中文標題|中文名|英文标题|副标题|译名|会议|會議|期刊|来源|标签|標籤|关键词|分类|类别|发布|发表|提交|更新|时间|日期"
    r"|编号|序号|语言|代码|项目|主页|数据|模型|字数|推荐|难度|阅读))"
    r"|(?:github )?stars?|(?:up)?votes?|likes?|comments?|score|rank|rating|venue|conference|journal"
    r"|organi[sz]ations?|affiliations?|institutions?|authors?|subtitle|chinese title|tags?|keywords?"
    r"|topics?|categor(?:y|ies)|submitted(?: by)?|published|doi",
    re.IGNORECASE,
)
_TITLE_LABEL = re.compile(
    r"\s*[-*+#>\s]{0,9}(?:📄\s?)?[*_]{0,3}"
    r"(?:论文标题|論文標題|论文题目|論文題目|标题|標題|题目|題目|(?:paper )?title|论文|論文|paper)"
    r"\s?[0-9一二三四五六七八九十]{0,3}\s?[*_]{0,3}\s?[:：]",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\W*[0-9][0-9.,]{0,12}\s?[kKmM万萬]?\+?\s?"
    r"(?:upvotes?|votes?|likes?|stars?|comments?|points?|赞|讚|票|个|次|条|星|人)?\W*",
    re.IGNORECASE,
)
_HASHTAGS = re.compile(r"\s*[#＃][^\s#＃]{1,40}(?:\s{1,9}[#＃][^\s#＃]{1,40}){0,20}\s*")
_NO_TITLE = re.compile(r"\s*(?:!\[|\||<(?:img|!--|a|p|div|span|br|sub|center|details|summary)\b)", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,2000}\)")
_ADDRESS = re.compile(r"<?(?:https?://|www\.)[^\s<>()\[\]]{1,2000}>?", re.IGNORECASE)
_LINK_ROW_WORD = re.compile(
    r"arxiv|pdf|html|abs|abstract|hugging ?face|hf|github|code|project|page|paper|demo|link|papers with code"
    r"|alphaxiv|论文|論文|代码|代碼|链接|連結|项目|主页|原文|摘要|地址|阅读|查看|页面",
    re.IGNORECASE,
)
_ROW_SEPARATOR = re.compile(r"\s[|/·•⋅—-]\s|[｜|·]")
_MAX_PART = 30


def is_label_line(text: str) -> bool:
    """Return whether a line tells something beside a title, and is surely none itself."""
    if _TITLE_LABEL.match(text):
        return False
    if _NO_TITLE.match(text) or _HASHTAGS.fullmatch(text) or _COUNT.fullmatch(text):
        return True
    if _BOLD_LABEL.match(text) or _LISTED_LABEL.match(text) or is_link_row(text):
        return True
    bare = _BARE_LABEL.fullmatch(text)
    return bare is not None and bool(
        _KNOWN_LABEL.fullmatch(bare["label"].strip()) or _COUNT.fullmatch(bare["value"].strip())
    )


def is_link_row(text: str) -> bool:
    """Return whether a line has nothing but links, or short words between bars: ``[arXiv](…) | [PDF](…)``."""
    words = _ADDRESS.sub("", _LINK.sub(r"\1", text))
    if len(words) < len(text):
        return not any(char.isalpha() for char in _LINK_ROW_WORD.sub("", words))
    parts = _ROW_SEPARATOR.split(text)
    return len(parts) > 1 and any(char.isdigit() for char in text) and all(len(part) <= _MAX_PART for part in parts)
