from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conditions.prose import ProseEditorPage
from directory.models import Clinic, Physiotherapist


@admin.register(Clinic)
class ClinicAdmin(admin.ModelAdmin):
    list_display = ["name", "address", "postcode", "pin_by_hand", "sample"]
    list_filter = ["sample", "pin_by_hand"]
    search_fields = ["name", "address", "postcode"]
    fieldsets = [
        (None, {"fields": ["name", "address", "postcode", "phone"]}),
        (
            "Where the pin is",
            {
                "fields": ["pin_by_hand", "latitude", "longitude"],
                "description": "The postcode fills this in. Tick the box to move the pin yourself.",
            },
        ),
    ]


@admin.register(Physiotherapist)
class PhysiotherapistAdmin(ProseEditorPage):
    list_display = ["name", "hcpc_number", "gender", "neuro", "home_visits", "listed", "sample"]
    list_filter = ["listed", "sample", "home_visits", "gender"]
    search_fields = ["name", "hcpc_number", "clinics__name", "clinics__postcode"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["clinics"]
    filter_horizontal = ["conditions_treated"]
    readonly_fields = ["sample"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "hcpc_number", "gender", "listed", "sample"]}),
        ("What they do", {"fields": ["biography", "specialisms", "conditions_treated", "languages"]}),
        ("Where they work", {"fields": ["clinics"]}),
        ("Home visits", {"fields": ["home_visits", "visit_postcode", "visit_miles"]}),
        ("How to reach them", {"fields": ["phone", "email", "website"]}),
        ("Fees", {"fields": ["fee_first", "fee_follow_up"]}),
    ]

    @admin.display(boolean=True)
    def neuro(self, person: Physiotherapist) -> bool:
        return person.is_neuro

    def view_on_site(self, person: Physiotherapist) -> str | None:
        return (
            person.get_absolute_url()
            if Physiotherapist.objects.listed().filter(pk=person.pk).exists()
            else None
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict:
        # Only while it is new: an address that people have linked to stays.
        return self.prepopulated_fields if obj is None else {}
