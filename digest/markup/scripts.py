"""Subscripts and superscripts in Unicode, where Unicode has them and people can read them."""

_BELOW = dict(
    zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
_ABOVE = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθ⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵀ",
        strict=True,
    )
)
_RAISED = dict(zip("∘°*∗⋆′'″†‡", "°°***′′″†‡", strict=True))
_WORD = 3
"""Letters from which on a script is a word (``C_mag``), which small letters make unreadable."""


def script(mark: str, text: str) -> str:
    """Give ``text`` set below (``mark`` is ``_``) or above (``^``) the line, or marked."""
    text = text.strip()
    if not text:
        return ""
    if mark == "^" and text in _RAISED:
        return _RAISED[text]
    letters = _BELOW if mark == "_" else _ABOVE
    if text.isalpha() and len(text) >= _WORD:
        return mark + text
    compact = text.replace(" ", "")
    if all(char in letters for char in compact):
        return "".join(letters[char] for char in compact)
    return mark + (text if text.isalnum() else f"({text})")
