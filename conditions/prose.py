from secrets import token_urlsafe
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from js_asset import Media


class ProseEditorPage(admin.ModelAdmin):
    """A form with django-prose-editor, which the strict content security policy would stop.

    It loads its modules through an inline import map, which gets a nonce here, and writes one style
    sheet into the page. ``physiosite.headers`` allows just these two, just for responses with a nonce.
    """

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and not self.has_change_permission(request, obj):
            # It is only read: without what the fields of the editor would load.
            context["media"] = self.media
            return super().render_change_form(request, context, *args, **kwargs)
        nonce = token_urlsafe(16)
        context["media"] = Media.from_media(context["media"], nonce=nonce)
        response = super().render_change_form(request, context, *args, **kwargs)
        vars(response)["script_nonce"] = nonce
        return response
