"""One kind of page with the parts of ours, written as Wagtail's guide writes them."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page


class ConditionPage(Page):
    other_names = models.TextField(blank=True)
    summary = models.TextField()
    overview = RichTextField()
    symptoms = RichTextField(blank=True)
    self_care = RichTextField(blank=True)
    last_updated = models.DateField()

    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in ("other_names", "summary", "overview", "symptoms", "self_care")),
        *(
            InlinePanel(name)
            for name in ("red_flags", "causes", "treatments", "sections", "related", "sources")
        ),
    ]


class RedFlag(Orderable):
    page = ParentalKey(ConditionPage, related_name="red_flags")
    urgency = models.CharField(max_length=40)
    label = models.CharField(max_length=120)
    heading = models.CharField(max_length=250)
    items = models.TextField()
    note = models.TextField(blank=True)

    @property
    def item_list(self):
        return self.items.splitlines()


class Cause(Orderable):
    page = ParentalKey(ConditionPage, related_name="causes")
    title = models.CharField(max_length=120)
    body = RichTextField(blank=True)


class Treatment(Orderable):
    page = ParentalKey(ConditionPage, related_name="treatments")
    name = models.CharField(max_length=120)
    link = models.CharField(max_length=250, blank=True)
    evidence = models.CharField(max_length=40)
    evidence_label = models.CharField(max_length=120)
    body = RichTextField(blank=True)


class Section(Orderable):
    page = ParentalKey(ConditionPage, related_name="sections")
    anchor = models.CharField(max_length=120)
    heading = models.CharField(max_length=120)
    body = RichTextField()


class Related(Orderable):
    page = ParentalKey(ConditionPage, related_name="related")
    title = models.CharField(max_length=120)
    link = models.CharField(max_length=250)
    difference = models.CharField(max_length=300, blank=True)


class Source(Orderable):
    page = ParentalKey(ConditionPage, related_name="sources")
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=120)
    url = models.URLField(max_length=500)
    dated = models.CharField(max_length=60, blank=True)
    further_reading = models.BooleanField(default=False)
