"""What pages say of themselves in schema.org's words: nothing that a reader cannot see on them too."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import localdate, localtime

from conditions.areas import Area
from conditions.compare import plain_paragraphs
from conditions.json_ld import Data, known
from conditions.models import Citation, Page, Section, TreatmentUse, Version
from conditions.own_address import own_address

NAME = "The Physiotherapy Site"
LANGUAGE = "en-GB"
QUESTIONS = "Questions people ask"
_TYPES = {Page.Kind.CONDITION: "MedicalCondition", Page.Kind.TREATMENT: "MedicalTherapy"}
_QUESTION = re.compile(r"<h3>(.*?)</h3>", re.DOTALL)
_LINK = re.compile(r"</?a(?: [^<>]*)?>")


# --- The site -------------------------------------------------------------------------------------


def organisation() -> Data:
    """Who publishes it all."""
    return {
        "@type": "Organization",
        "@id": own_address("/#organisation"),
        "name": NAME,
        "url": own_address("/"),
        "logo": own_address(static("img/mark.svg")),
    }


def website() -> Data:
    """With its search."""
    address = own_address(reverse("search"))
    return _the_site() | {
        "inLanguage": LANGUAGE,
        "publisher": organisation(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{address}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def _the_site() -> Data:
    return {"@type": "WebSite", "@id": own_address("/#website"), "name": NAME, "url": own_address("/")}


def breadcrumbs(parents: Iterable[tuple[str, str]], here: str) -> Data:
    """``parents``: name and path of each, the first one first."""
    steps: list[Data] = [{"name": str(name), "item": {"@id": own_address(path)}} for name, path in parents]
    steps.append({"name": str(here)})
    numbered = [{"@type": "ListItem", "position": at} | step for at, step in enumerate(steps, start=1)]
    return {"@type": "BreadcrumbList", "itemListElement": numbered}


# --- Pages of conditions, treatments and sheets -----------------------------------------------------


def medical_page(version: Version, about: Data | list[Data], citations: Iterable[Citation]) -> Data:
    address = own_address(version.get_absolute_url())
    page = known(
        name=version.title,
        description=version.summary,
        url=address,
        inLanguage=LANGUAGE,
        dateModified=moment(version.publish_at),
        specialty="https://schema.org/Physiotherapy",
        about=about,
        citation=[_publication(citation) for citation in citations],
        publisher=organisation(),
        isPartOf=_the_site(),
    )
    return {"@type": "MedicalWebPage", "@id": address} | page | review(version)


def review(version: Version) -> Data:
    """Nothing where nobody signed what the page says."""
    if not (signature := version.signature):
        return {}
    by = {"@type": "Person", "name": signature.name, "jobTitle": signature.profession}
    return {"lastReviewed": localdate(signature.signed_at).isoformat(), "reviewedBy": by}


def condition(
    version: Version, areas: Iterable[Area], treatments: Iterable[TreatmentUse], live: Collection[int]
) -> Data:
    """``live``: the treatments' pages that can be read."""
    regions = [area.label for area in areas if area != Area.WHOLE_BODY]
    # What there is little evidence for is told to readers with just those words, and there are none here.
    helpful = [use for use in treatments if use.evidence != TreatmentUse.Evidence.LITTLE]
    return subject(version) | known(
        associatedAnatomy=[{"@type": "SuperficialAnatomy", "name": region} for region in regions],
        possibleTreatment=[_therapy(use, live) for use in helpful],
    )


def _therapy(use: TreatmentUse, live: Collection[int]) -> Data:
    address = own_address(use.page.get_absolute_url()) if use.page and use.page_id in live else ""
    return {"@type": "MedicalTherapy"} | known(name=use.name, url=address)


def subject(version: Version) -> Data:
    """The condition or the treatment that a page is about."""
    return _named(version) | known(alternateName=version.other_name_list)


def subjects(versions: Iterable[Version]) -> list[Data]:
    """Of a page that leads to others: what those are about."""
    return [_named(version) for version in versions if version.page.kind in _TYPES]


def _named(version: Version) -> Data:
    address = own_address(version.get_absolute_url())
    return {"@type": _TYPES[Page.Kind(version.page.kind)], "name": version.title, "url": address}


def _publication(citation: Citation) -> Data:
    source = citation.source
    publisher = {"@type": "Organization", "name": source.publisher}
    return {"@type": "CreativeWork", "name": source.title, "url": source.url, "publisher": publisher}


def questions(version: Version, sections: Iterable[Section]) -> Data | None:
    """None for a page that answers none."""
    asked = [_answered(pair) for section in sections for pair in questions_in(section)]
    if not asked:
        return None
    address = own_address(version.get_absolute_url())
    return {"@type": "FAQPage", "@id": f"{address}#questions", "url": address, "mainEntity": asked}


def questions_in(section: Section) -> list[tuple[str, str]]:
    """Each with its answer, both plain."""
    if section.heading.strip().casefold() != QUESTIONS.casefold():
        return []
    # What stands before the first question, then question and answer by turns.
    parts = [_plain(part) for part in _QUESTION.split(section.body)[1:]]
    return [(asked, told) for asked, told in zip(parts[::2], parts[1::2], strict=True) if asked and told]


def _plain(html: str) -> str:
    return "\n".join(plain_paragraphs(_LINK.sub("", html)))


def _answered(pair: tuple[str, str]) -> Data:
    question, answer = pair
    return {
        "@type": "Question",
        "name": question,
        "acceptedAnswer": {"@type": "Answer", "text": answer},
    }


def page_data(context: Any) -> list[Data]:
    """Of a page that ``conditions.views.page_context`` describes."""
    version: Version = context["version"]
    kind = version.page.kind
    about: Data | list[Data]
    if kind == Page.Kind.CONDITION:
        about = condition(version, context["areas"], context["treatments"], context["live_treatments"])
    elif kind == Page.Kind.TREATMENT:
        about = subject(version)
    else:
        about = subjects(other for other, _ in context["something_else"])
    asked = questions(version, context["sections"])
    return [medical_page(version, about, context["cited"]), *([asked] if asked else [])]


def moment(at: Any) -> str:
    """With London's offset from UTC; "" for none."""
    return localtime(at).isoformat(timespec="seconds") if at else ""
