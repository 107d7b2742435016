from django.urls import path

from library import podcast_views as views

app_name = "podcast"
urlpatterns = [
    path("", views.index, name="index"),
    path("feed/", views.feed, name="feed"),
    path("preview/<str:token>/", views.preview, name="preview"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/transcript/", views.transcript, name="transcript"),
    path("<slug:slug>/transcript.vtt", views.transcript_vtt, name="transcript-vtt"),
    path("<slug:slug>/chapters.json", views.chapters, name="chapters"),
]
