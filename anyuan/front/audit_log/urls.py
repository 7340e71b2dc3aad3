from django.urls import path

from . import views

urlpatterns = [
    path("audit/", views.events, name="audit"),
    path("audit/export/", views.export, name="audit-export"),
]
