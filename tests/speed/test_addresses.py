"""Under which key a page is kept: any address has one, or is not shared, and one page has one."""

from urllib.parse import urlencode

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from physiosite import public_pages

ANYTHING = st.text(st.characters(codec="utf-8"), max_size=40)


@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=ANYTHING, query=ANYTHING)
def test_any_address_has_a_key_or_is_not_shared(path, query):
    address = public_pages.address_of(f"/physiotherapists/{path}", query)
    if address:
        again = public_pages.address_of(address.path, address.query)
        assert again == address


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    known=st.lists(st.tuples(st.sampled_from(["location", "neuro", "page"]), ANYTHING), max_size=4),
    unknown=st.lists(st.tuples(st.sampled_from(["utm_source", "fbclid", "Location"]), ANYTHING), max_size=4),
    order=st.randoms(),
)
def test_one_page_has_one_key(known, unknown, order):
    mixed = known + unknown
    order.shuffle(mixed)
    one = public_pages.address_of("/physiotherapists/", urlencode(known))
    # Of several values of one name, the order counts.
    names = [name for name, _ in known]
    if len(names) == len(set(names)):
        assert public_pages.address_of("/physiotherapists/", urlencode(mixed)) == one


def test_long_addresses_are_not_shared():
    assert public_pages.address_of("/search/", "q=" + "a" * 2000) is None
