from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from conditions import preview
from conditions.models import Page
from conditions.models.page import SIMPLE_ADDRESSES
from conditions.views import detail
from physiosite import media, security_txt, sitemaps, views
from physiosite.search import views as search_views

handler500 = "physiosite.views.failed"
urlpatterns = [
    path("", views.home, name="home"),
    path("conditions/", include("conditions.urls")),
    path("treatments/", include("conditions.treatment_urls")),
    path("blog/", include("library.blog_urls")),
    path("podcast/", include("library.podcast_urls")),
    path("resources/", include("library.resources_urls")),
    path("media/<path:name>", media.serve, name="media"),
    path("search/", search_views.search_page, name="search"),
    path("search/suggestions/", search_views.suggestions, name="search-suggestions"),
    path("preview/<str:token>/", preview.shared, name="preview"),
    path("", include("bookings.urls")),
    path("physiotherapists/", include("directory.urls")),
    path("places/", include("places.urls")),
    path("healthz/", views.healthz, name="healthz"),
    path("readyz/", views.readyz, name="readyz"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:section>.xml", sitemaps.section, name="sitemap-section"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
    path("sources/", TemplateView.as_view(template_name="pages/sources.html"), name="sources"),
    path(settings.ADMIN_PATH, admin.site.urls),
]
# Pages that editors edit.
for slug in SIMPLE_ADDRESSES:
    urlpatterns.append(path(f"{slug}/", detail, {"kind": Page.Kind.SIMPLE, "slug": slug}, name=slug))
