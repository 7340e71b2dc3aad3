from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("record/", views.choose, name="record-choose"),
    path("record/<str:code>/", views.record, name="record"),
    path("facts/<int:fact_id>/correct/", views.correct, name="fact-correct"),
    path("audit/", views.audit_log, name="audit"),
    path("audit/export/", views.audit_export, name="audit-export"),
    path("field/", views.field, name="field"),
    path("field/sw.js", views.field_worker, name="field-worker"),
    path("field/app.webmanifest", views.field_manifest, name="field-manifest"),
    path("health/", views.health, name="health"),
]
