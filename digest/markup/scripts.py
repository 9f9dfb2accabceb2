"""Subscripts and superscripts in Unicode, where Unicode has them and people can read them."""

_SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθ⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵀ",
        strict=True,
    )
)
_RAISED_SIGNS = dict(zip("∘°*∗⋆′'″†‡", "°°***′′″†‡", strict=True))
_MIN_WORD = 3
"""Letters from which on a script is a word (``C_mag``), which small letters make unreadable."""


def to_script(mark: str, text: str) -> str:
    """Return ``text`` set below (``mark`` is ``_``) or above (``^``) the line, or marked."""
    text = text.strip()
    if not text:
        return ""
    if mark == "^" and text in _RAISED_SIGNS:
        return _RAISED_SIGNS[text]
    letters = _SUBSCRIPTS if mark == "_" else _SUPERSCRIPTS
    if text.isalpha() and len(text) >= _MIN_WORD:
        return mark + text
    compact = text.replace(" ", "")
    if all(char in letters for char in compact):
        return "".join(letters[char] for char in compact)
    return mark + (text if text.isalnum() else f"({text})")
