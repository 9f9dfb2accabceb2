"""Strings that try to become code, addresses that are no links, and the shape of what is rendered."""

from html.parser import HTMLParser

from tests.render.hostile_texts import HOSTILE_TEXTS

_SEEDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example>",
    "<a href=https://evil.example>here</a>",
    "<base href=//evil.example>",
    "<form action=//evil.example><button>",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content=0;//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<!-- <b>",
    "--><b>",
    "<![endif]--><b>",
    "<!--[if mso]><b><![endif]-->",
    "<![CDATA[<b>]]>",
    "]]><b>",
    "<?php echo 1 ?>",
    "</title><script>alert(1)</script>",
    "</p></div></td></tr></table><b>",
    "</textarea></select></option><b>",
    "</mj-text></mj-column></mj-section><mj-raw><b></mj-raw>",
    "<mj-include path='/etc/passwd' />",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '"><b class="',
    "` onclick=alert(1) `",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&lt;b&gt;bold&lt;/b&gt;",
    "&#x3c;b&#x3e;",
    "&amp;lt;b&amp;gt;",
    "{{ 7*7 }}",
    "{{ self._TemplateReference__context }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# gone #}",
    "{{ ''.__class__.__mro__ }}",
    "{address} {name} {0} %s %(name)s ${name}",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "\u202e<b>\u2066",
    "<b\x00>",
    "<\x0bb>",
    "<b\u2028>",
    "\ud800<b>",
    "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4",
    "=?utf-8?q?=3Cb=3E?=",
    "+ADw-b+AD4-",
)

_CONTEXTS = ("{}", "Paper {} end", "{}{}", '"{}"', "\n{}\n", "**{}** `{}`", "<p>{}</p>")

INJECTION_TEXTS = tuple(
    text for seed in _SEEDS for text in (around.replace("{}", seed) for around in _CONTEXTS)
) + tuple(text for text in HOSTILE_TEXTS if len(text) < 1_000)
"""Texts each of which would be code where it is not escaped."""

INJECTION_URLS = (
    *(
        url
        for scheme in ("javascript", "data", "vbscript", "file", "ftp", "blob", "about", "tg")
        for url in (
            f"{scheme}:alert(1)",
            f"{scheme.upper()}://x/%0aalert(1)",
            f"&#{ord(scheme[0])};{scheme[1:]}:alert(1)",
            f"\\x01{scheme}:alert(1)",
            f"\x01{scheme}:alert(1)",
            f"{scheme[:3]}\t{scheme[3:]}:alert(1)",
        )
    ),
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http\u200bs://evil.example",
    "ｈttps://evil.example",
    "https://evil.example\x00/",
    'https://evil.example/"onclick="x',
    "https://evil.example/'onclick='x",
    "https://evil.example/><b>",
    "https://user:pass@evil.example/",
    "https://[::1/",
    "#fragment",
    "?query",
)
"""Addresses; what becomes of one is a link to a site over http or https, or no link."""

HtmlShape = tuple[tuple[str, tuple[str, ...]], ...]


class _ElementCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name == "href"]


def html_shape(html: str) -> HtmlShape:
    """Return every element with the names of its attributes, in order."""
    return tuple(_parse_html(html).elements)


def links_in(html: str) -> list[str]:
    """Return where the elements lead."""
    return _parse_html(html).links


def _parse_html(html: str) -> _ElementCollector:
    parser = _ElementCollector()
    parser.feed(html)
    parser.close()
    return parser
