"""A page of the admin: listings that may be one twice, to merge or to keep apart."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from conditions.admin.common import editor
from directory.admin.merge import MergePages
from directory.duplicates import LIMIT, pairs_of_clinics, pairs_of_people
from directory.merge import say_apart
from directory.models import Physiotherapist


class DuplicatePages(MergePages):
    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "duplicates/",
                self.admin_site.admin_view(self.duplicates_view),
                name=f"directory_{self.opts.model_name}_duplicates",
            ),
            *super().get_urls(),
        ]

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_merge_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._keep_apart(request)
            return HttpResponseRedirect(self.page_url("duplicates"))
        found = pairs_of_people(LIMIT + 1) if self.model is Physiotherapist else pairs_of_clinics(LIMIT + 1)
        pairs = found[:LIMIT]
        numbers = {number for pair in pairs for number in (pair.lower, pair.higher)}
        people = self.model._default_manager.filter(pk__in=numbers)
        if self.model is Physiotherapist:
            people = people.prefetch_related("clinics")
        by_number = {listing.pk: listing for listing in people}
        return self.shown(
            request,
            "duplicates",
            title=f"Possible duplicates: {self.opts.verbose_name_plural}",
            pairs=[
                (pair, by_number[pair.lower], by_number[pair.higher])
                for pair in pairs
                if {pair.lower, pair.higher} <= by_number.keys()
            ],
            is_more=len(found) > LIMIT,
            limit=LIMIT,
            change_page=f"admin:directory_{self.opts.model_name}_change",
            merge_page=f"admin:directory_{self.opts.model_name}_merge",
        )

    def _keep_apart(self, request: HttpRequest) -> None:
        numbers = [text for text in request.POST.get("apart", "").split("-") if text.isdecimal()]
        pair = self.model._default_manager.filter(pk__in=[int(text) for text in numbers if len(text) < 19])
        if len(numbers) != 2 or len(pair) != 2:
            messages.error(request, "One of the two was deleted or merged in the meantime.")
            return
        one, other = pair
        say_apart(self.opts.model_name or "", one.pk, other.pk, editor(request))
        messages.success(request, f"{one} and {other} are two, and are not offered again.")
