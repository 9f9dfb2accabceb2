"""Formulas become text, and money stays money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.latex import latex_to_text
from digest.text.markdown import inline_plain


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"C_{mag} = 1.1673 \pm 0.0040", "C_mag = 1.1673 ± 0.0040"),
        (r"\sqrt{2} \approx 1.414", "√2 ≈ 1.414"),
        (r"\lambda_{est} \approx 0.080", "λ_est ≈ 0.080"),
        (r"W_X, W_Y", "W_X, W_Y"),
        (r"10^{-3}", "10⁻³"),
        (r"N \times N", "N × N"),
        (r"D_f \to 2", "D_f → 2"),
        (r"3/5 - \delta", "3/5 - δ"),
        (r"\gamma=0.95", "γ=0.95"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac12", "1/2"),
        (r"\mathbf{x}, \mathcal{L}, \mathbb{R}^{d\times n}", "x, ℒ, ℝ^(d×n)"),
        (r"\mathcal{L}_{\text{CE}} = -\sum_i y_i\log\hat{y}_i", "ℒ_CE = -∑ᵢ yᵢ log ŷᵢ"),
        (r"\max_{\theta}\mathbb{E}_{x\sim p}[f(x)]", "max_θ 𝔼_(x∼p)[f(x)]"),
        (r"\operatorname{softmax}(QK^\top/\sqrt{d_k})", "softmax(QKᵀ/√(dₖ))"),
        (r"\begin{pmatrix} a & b \\ c & d\end{pmatrix}", "[a b; c d]"),
        (r"\left\| x \right\|_2^2", "‖ x ‖₂²"),
        (r"360^\circ", "360°"),
        (r"\hat{\theta} \in \mathbb{R^d}, \overline{a+b}", "θ̂ ∈ ℝᵈ, a+b"),
        (r"50%", "50%"),
        (r"\text{若 } x_{t+1}", "若 xₜ₊₁"),
        (r"\unknown{x}", "unknown x"),
        (r"\frac{1", "frac 1"),
        (r"\input{/etc/passwd}", "/etc/passwd"),
        ("{{{", ""),
        ("", ""),
    ],
)
def test_a_formula_reads_as_people_write_it_in_running_text(source: str, expected: str) -> None:
    assert latex_to_text(source) == expected


@pytest.mark.parametrize("source", ["$x_1$", "$$x_1$$", r"\(x_1\)", r"\[x_1\]", "$$\nx_1\n$$", "\\[\nx_1\n\\]"])
def test_a_formula_is_found_in_each_of_its_dresses(source: str) -> None:
    assert inline_plain(source) == "x₁"


def test_a_formula_of_many_lines_makes_no_list() -> None:
    assert inline_plain("$$\nL = a\n+ b\n- c\n$$") == "L = a + b - c"


@pytest.mark.parametrize(
    "text",
    [
        "成本从$5降到$3，约 $0.02/张",
        "$5 到 $10，或 $10-$20",
        "costs $5 and $10 per month, about $1.5M, $3, $4.",
        "US$100",
        "$5美元、",
        "$HOME 与 $PATH",
    ],
)
def test_money_stays_as_it_was_written(text: str) -> None:
    assert inline_plain(text) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("$0.080$", "0.080"), ("$5, 10$", "5, 10"), (r"$5\%$", "5%"), ("$2n$", "2n")]
)
def test_a_number_between_dollars_is_a_formula(text: str, expected: str) -> None:
    assert inline_plain(text) == expected


def test_money_and_a_formula_may_stand_in_one_sentence() -> None:
    assert inline_plain("每张 $5，$x_1$ 与 $5美元、$y_i$") == "每张 $5，x₁ 与 $5美元、yᵢ"


def test_a_command_without_dollars_is_read_and_a_path_is_not() -> None:
    assert inline_plain(r"参数 \lambda_{est} 与 C:\new\table 和 \n") == r"参数 λ_est 与 C:\new\table 和 \n"


@pytest.mark.parametrize(
    "source",
    [
        r"\sqrt" * 190,
        r"\begin{a}" * 110,
        "{" * 1_000,
        "[" * 1_000,
        r"\frac" * 200,
        "^_" * 500,
        r"\sqrt[" * 160,
        r"\hat" * 250,
        r"\text{$" * 140,
        r"\(" * 500,
        "{" * 500 + "}" * 500,
        r"\left" * 200,
        r"\begin{matrix}" * 12 + r"\end{matrix}" * 12,
        "$" * 1_000,
        "x" * 100_000 + "{",
    ],
)
@pytest.mark.timeout(60)
def test_a_hostile_formula_ends_and_raises_nothing(source: str) -> None:
    assert isinstance(latex_to_text(source), str)


@given(
    st.lists(
        st.sampled_from(
            [
                *r"\{}[]_^&%$#~' ab1中",
                r"\frac",
                r"\sqrt",
                r"\hat",
                r"\text",
                r"\begin{cases}",
                r"\\",
                r"\end{cases}",
                r"\left",
                r"\mathbb",
                r"\verb",
                r"\item",
                r"\cite",
                r"\def",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_no_formula_shows_a_backslash(source: str) -> None:
    assert "\\" not in latex_to_text(source)
