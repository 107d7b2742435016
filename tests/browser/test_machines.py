"""What machines are told stops no page: the browser takes the data for data, and the policy lets it stand."""

import pytest

from tests.browser.conftest import axe_violations


@pytest.mark.parametrize(
    "path", ["/", "/conditions/sciatica/", "/blog/hurt-is-not-always-harm/", "/physiotherapists/"]
)
def test_data_breaks_no_rule_of_the_page(open_page, path):
    # The page that opens fails the test on anything that the console says.
    page = open_page(path)
    told = page.locator("script[type='application/ld+json']").all_text_contents()
    assert told
    assert all(text.startswith('{"@context": "https://schema.org"') for text in told)


def test_picture_for_sharing_is_there(open_page):
    page = open_page("/conditions/sciatica/")
    image = page.locator("meta[property='og:image']").get_attribute("content")
    assert image
    response = page.request.get(image.replace("http://testserver", ""))
    assert (response.status, response.headers["content-type"]) == (200, "image/png")


def test_lost_reader_goes_on_to_what_was_meant(open_page):
    page = open_page("/conditions/siatica/")
    assert axe_violations(page) == []
    assert page.get_by_label("What are you looking for?").input_value() == "sciatica"
    page.get_by_role("region", name="Did you mean one of these?").get_by_role("link", name="Sciatica").click()
    assert page.locator("h1").text_content() == "Sciatica"
