from django.urls import path

from . import views

urlpatterns = [
    path("field/", views.shell, name="field"),
    path("field/sw.js", views.worker, name="field-worker"),
    path("field/app.webmanifest", views.app_manifest, name="field-manifest"),
]
