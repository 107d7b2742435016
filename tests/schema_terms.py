"""The words of schema.org that the site uses, and what each may stand on and hold.

Copied from schema.org's own definitions as schema-dts 2.1.0 (October 2026, made from the release of that
time) has them. A word that is not here fails the test, so that one is looked up before it is used.
"""

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

# Each type and the types it is a kind of.
TYPES: dict[str, tuple[str, ...]] = {
    "Answer": ("Comment",),
    "Article": ("CreativeWork",),
    "AudioObject": ("MediaObject",),
    "BlogPosting": ("SocialMediaPosting",),
    "BreadcrumbList": ("ItemList",),
    "Comment": ("CreativeWork",),
    "CreativeWork": ("Thing",),
    "CreativeWorkSeason": ("CreativeWork",),
    "CreativeWorkSeries": ("CreativeWork",),
    "EntryPoint": ("Thing",),
    "Episode": ("CreativeWork",),
    "FAQPage": ("WebPage",),
    "GeoCoordinates": ("Thing",),
    "ItemList": ("Thing",),
    "ListItem": ("Thing",),
    "LocalBusiness": ("Place", "Organization"),
    "MedicalBusiness": ("LocalBusiness",),
    "MedicalCondition": ("MedicalEntity",),
    "MedicalEntity": ("Thing",),
    "MedicalProcedure": ("MedicalEntity",),
    "MedicalTherapy": ("TherapeuticProcedure",),
    "MedicalWebPage": ("WebPage",),
    "MediaObject": ("CreativeWork",),
    "Organization": ("Thing",),
    "Person": ("Thing",),
    "Physiotherapy": ("MedicalBusiness",),
    "Place": ("Thing",),
    "PodcastEpisode": ("Episode",),
    "PodcastSeason": ("CreativeWorkSeason",),
    "PodcastSeries": ("CreativeWorkSeries",),
    "PostalAddress": ("Thing",),
    "PropertyValue": ("Thing",),
    "Question": ("Comment",),
    "SearchAction": ("Action",),
    "Action": ("Thing",),
    "SocialMediaPosting": ("Article",),
    "SuperficialAnatomy": ("MedicalEntity",),
    "TherapeuticProcedure": ("MedicalProcedure",),
    "Thing": (),
    "WebPage": ("CreativeWork",),
    "WebSite": ("CreativeWork",),
}
# Each property, what it may stand on, and what it may hold, as far as the site uses it.
PROPERTIES: dict[str, tuple[str, str]] = {
    "about": ("CreativeWork", "Thing"),
    "acceptedAnswer": ("Question", "Answer"),
    "address": ("Organization Place Person", "PostalAddress"),
    "addressCountry": ("PostalAddress", "Text"),
    "alternateName": ("Thing", "Text"),
    "associatedAnatomy": ("MedicalCondition", "SuperficialAnatomy"),
    "audio": ("CreativeWork", "AudioObject"),
    "author": ("CreativeWork", "Organization Person"),
    "citation": ("CreativeWork", "CreativeWork"),
    "contentSize": ("MediaObject", "Text"),
    "contentUrl": ("MediaObject", "URL"),
    "dateModified": ("CreativeWork", "DateTime"),
    "datePublished": ("CreativeWork", "DateTime"),
    "description": ("Thing", "Text"),
    "duration": ("Episode MediaObject", "Duration"),
    "email": ("Organization Person", "Text"),
    "encodingFormat": ("CreativeWork MediaObject", "Text"),
    "episodeNumber": ("Episode", "Integer"),
    "geo": ("Place", "GeoCoordinates"),
    "headline": ("CreativeWork", "Text"),
    "identifier": ("Thing", "PropertyValue"),
    "image": ("Thing", "URL"),
    "inLanguage": ("CreativeWork", "Text"),
    "isFamilyFriendly": ("CreativeWork", "Boolean"),
    "isPartOf": ("CreativeWork", "CreativeWork"),
    "item": ("ListItem", "Thing"),
    "itemListElement": ("ItemList", "ListItem"),
    "jobTitle": ("Person", "Text"),
    "knowsAbout": ("Organization Person", "Text"),
    "knowsLanguage": ("Organization Person", "Text"),
    "lastReviewed": ("WebPage", "Date"),
    "latitude": ("GeoCoordinates Place", "Number"),
    "logo": ("Organization", "URL"),
    "longitude": ("GeoCoordinates Place", "Number"),
    "mainEntity": ("CreativeWork", "Thing"),
    "mainEntityOfPage": ("Thing", "CreativeWork URL"),
    "name": ("Thing", "Text"),
    "partOfSeason": ("Episode", "CreativeWorkSeason"),
    "partOfSeries": ("Episode", "CreativeWorkSeries"),
    "position": ("ListItem", "Integer"),
    "possibleTreatment": ("MedicalCondition", "MedicalTherapy"),
    "postalCode": ("PostalAddress", "Text"),
    "potentialAction": ("Thing", "Action"),
    "propertyID": ("PropertyValue", "Text"),
    "publisher": ("CreativeWork", "Organization Person"),
    # No property of its own: https://schema.org/docs/actions.html
    "query-input": ("SearchAction", "Text"),
    "reviewedBy": ("WebPage", "Organization Person"),
    "sameAs": ("Thing", "URL"),
    "seasonNumber": ("CreativeWorkSeason", "Integer"),
    "specialty": ("WebPage", "Specialty"),
    "streetAddress": ("PostalAddress", "Text"),
    "target": ("Action", "EntryPoint"),
    "telephone": ("Organization Person Place", "Text"),
    "text": ("CreativeWork", "Text"),
    "url": ("Thing", "URL"),
    "urlTemplate": ("EntryPoint", "Text"),
    "value": ("PropertyValue", "Text"),
    "webFeed": ("PodcastSeries", "URL"),
    "workLocation": ("Person", "Place"),
}
# What Google's guides to rich results ask of a type, and what it says little without.
NEEDED: dict[str, str] = {
    "Answer": "text",
    "BlogPosting": "headline url datePublished dateModified publisher mainEntityOfPage",
    "BreadcrumbList": "itemListElement",
    "FAQPage": "mainEntity",
    "ListItem": "position name",
    "MedicalCondition": "name url",
    "MedicalWebPage": "name description url dateModified publisher inLanguage",
    "Organization": "name",
    "Person": "name",
    "Physiotherapy": "name address",
    "PodcastEpisode": "name url datePublished duration partOfSeries audio",
    "PodcastSeries": "name url webFeed",
    "PostalAddress": "streetAddress postalCode addressCountry",
    "Question": "name acceptedAnswer",
    "SearchAction": "target query-input",
    "WebSite": "name url",
}


def kinds_of(type_: str) -> set[str]:
    """Itself and all that it is a kind of."""
    return {type_}.union(*(kinds_of(parent) for parent in TYPES[type_]))


def problems(thing: dict[str, Any], is_whole: bool = True) -> list[str]:
    """What schema.org would not understand, in words; ``is_whole``: with a context of its own."""
    facts = dict(thing)
    if is_whole and facts.pop("@context", None) != "https://schema.org":
        return ["no context"]
    type_ = facts.pop("@type", None)
    named = facts.pop("@id", None)
    if named is not None and not is_address(named):
        return [f"@id {named!r} is no address"]
    if type_ is None and named and not facts:
        return []
    if type_ not in TYPES:
        return [f"there is no type {type_!r}"]
    kinds = kinds_of(type_)
    found = [f"{type_} lacks {name}" for name in NEEDED.get(type_, "").split() if name not in facts]
    for name, value in facts.items():
        if name not in PROPERTIES:
            found.append(f"{type_}.{name} is not in the table")
            continue
        stands_on, holds = (set(words.split()) for words in PROPERTIES[name])
        if not stands_on & kinds:
            found.append(f"{name} cannot stand on {type_}")
        values = value if isinstance(value, list) else [value]
        found += [f"{type_}.{name} is an empty list"] if not values else []
        for each in values:
            found += [f"{type_}.{name}: {problem}" for problem in _value_problems(each, holds)]
    return found


def _value_problems(value: Any, holds: set[str]) -> list[str]:
    if isinstance(value, dict):
        type_ = value.get("@type")
        if type_ in TYPES and not holds & kinds_of(type_):
            return [f"{type_} is none of {sorted(holds)}"]
        return problems(value, is_whole=False)
    return (
        []
        if any(_is(value, kind) for kind in holds if kind not in TYPES)
        else [f"{value!r} is none of {holds}"]
    )


def _is(value: Any, kind: str) -> bool:
    if kind in {"Number", "Integer", "Boolean"}:
        python: Any = {"Number": (int, float), "Integer": int, "Boolean": bool}[kind]
        return isinstance(value, python) and isinstance(value, bool) == (kind == "Boolean")
    if not isinstance(value, str) or not value.strip():
        return False
    match kind:
        case "Text":
            return not re.search(r"</?[a-z]", value)
        case "URL":
            return is_address(value)
        case "Date":
            return len(value) == 10 and bool(date.fromisoformat(value))
        case "DateTime":
            return datetime.fromisoformat(value).tzinfo is not None
        case "Duration":
            return bool(re.fullmatch(r"PT\d+S", value))
        case "Specialty":
            return value == "https://schema.org/Physiotherapy"
    raise AssertionError(f"{kind} is not known here")


def is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"https", "http"} and bool(parts.netloc) and " " not in text
