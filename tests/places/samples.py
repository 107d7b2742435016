from hypothesis import strategies as st

from places.codepoint import Positions
from places.postcodes import text_of_key


def draw_index(data: st.DataObject, held: Positions) -> int:
    return data.draw(st.sampled_from(range(len(held.keys))))


def draw_postcode(data: st.DataObject, held: Positions) -> str:
    return text_of_key(held.keys[draw_index(data, held)])


def draw_misreading(data: st.DataObject, postcode: str) -> str:
    """The postcode with some letters O and I and digits 0 and 1 taken for one another."""
    swap = {"O": "0", "0": "O", "I": "1", "1": "I"}
    chosen = data.draw(st.lists(st.booleans(), min_size=8, max_size=8))
    return "".join(swap.get(c, c) if wrong else c for c, wrong in zip(postcode, chosen, strict=False))
