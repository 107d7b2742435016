from django.urls import path, register_converter
from django.urls.converters import IntConverter

from conditions import views as pages
from conditions.models import Page
from library import blog


class YearConverter(IntConverter):
    regex = "[0-9]{4}"

    def to_url(self, value: int | str) -> str:
        return f"{int(value):04d}"


register_converter(YearConverter, "year")
app_name = "posts"
POST = {"kind": Page.Kind.POST}
urlpatterns = [
    path("", blog.index, name="index"),
    path("feed/", blog.feed, name="feed"),
    path("<year:year>/", blog.archive, name="archive"),
    path("<slug:slug>/", pages.detail, POST, name="detail"),
    path("<slug:slug>/changes/", pages.changes, POST, name="changes"),
]
