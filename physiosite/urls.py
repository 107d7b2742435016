from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from physiosite import views

urlpatterns = [
    path("", views.home, name="home"),
    path("conditions/", include("conditions.urls")),
    path("physiotherapists/", include("directory.urls")),
    path("places/", include("places.urls")),
    path("healthz/", views.healthz, name="healthz"),
    path("readyz/", views.readyz, name="readyz"),
    path(settings.ADMIN_PATH, admin.site.urls),
]
for page in ("about", "privacy", "accessibility", "sources"):
    urlpatterns.append(path(f"{page}/", TemplateView.as_view(template_name=f"pages/{page}.html"), name=page))
