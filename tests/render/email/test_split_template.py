"""Templates compiled once: what an operator may get wrong is told at the start, with the file's name."""

import shutil
from pathlib import Path

import pytest

from digest.model import Locale
from digest.model.errors import InvalidTemplate
from digest.render.email.renderer import EmailRenderer
from digest.render.email.templates import load_email_templates
from tests.render.email.sample_emails import IDENTITY, SECRET, TEMPLATES, seed_taxonomy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the templates, to be spoilt."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "email"))


def load_renderer(folder: Path) -> EmailRenderer:
    """Make a renderer of the templates of a folder."""
    return EmailRenderer.load(folder, taxonomy=seed_taxonomy(), identity=IDENTITY, secret=SECRET)


def replace_in_file(file: Path, old: str, new: str) -> None:
    """Replace something in a template."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.iterdir()))
def test_a_missing_template_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    with pytest.raises(InvalidTemplate, match=r"(?s)\.(mjml|txt)\.j2"):
        load_renderer(folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("digest.mjml.j2", "</mj-column>", ""),
        ("digest.mjml.j2", "{% endfor %}", ""),
        ("digest.mjml.j2", "{{ summary }}", "{{ summmary }}"),
        ("digest.mjml.j2", "{{ summary }}", "{{ say('{missing}') }}"),
        ("digest.mjml.j2", "{{ paper.title }}", "{{ paper.titel }}"),
        ("digest.mjml.j2", "{% for paper in papers %}", "{% for one in papers %}{% set paper = one %}"),
        ("digest.txt.j2", "{% for paper in papers %}", "{% if papers %}{% for paper in papers %}{% endif %}"),
        ("quiet.mjml.j2", "mj-section", "mj-sektion"),
        ("code.txt.j2", "{{ code }}", "{{ code"),
        ("announcement.txt.j2", "{{ text }}", "{{ text.nothing.more }}"),
        ("footer.txt.j2", "{{ name }}", "{{ nam }}"),
    ],
)
def test_a_broken_template_is_named_before_the_first_mail(folder: Path, name: str, old: str, new: str) -> None:
    replace_in_file(folder / name, old, new)

    with pytest.raises(InvalidTemplate, match=r"(digest|quiet|code|announcement)\.(mjml|txt)\.j2"):
        load_renderer(folder)


def test_a_template_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "code.txt.j2").write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidTemplate, match=r"code\.txt\.j2"):
        load_renderer(folder)


def test_templates_are_not_read_again_after_the_start(folder: Path) -> None:
    sheets = load_email_templates(folder, IDENTITY)
    shutil.rmtree(folder)

    assert sheets[Locale.EN].digest.text.tail.render(
        overflow=None,
        omitted=None,
        next_time=None,
        name="Paper Digest",
        unsubscribe="mailto:x",
        preferences=None,
        web_copy=None,
        postal_address=None,
    )


def test_compiled_templates_name_no_address_of_the_outside_world(folder: Path) -> None:
    sheets = load_email_templates(folder, IDENTITY)

    html = sheets[Locale.EN].verification_code.html.full.render(
        name="", postal_address=None, unsubscribe="", subject="", preheader="", code="123456", validity=""
    )

    assert "@import" not in html
    assert "<link" not in html
    assert "src=" not in html
