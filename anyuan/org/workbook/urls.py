from django.urls import path

from . import views

urlpatterns = [
    path("organisation/template.xlsx", views.template, name="workbook-template"),
    path("organisation/workbook.xlsx", views.workbook, name="workbook"),
    path("organisation/import/", views.take_workbook, name="workbook-take"),
    path("organisation/import/progress/", views.how_far, name="workbook-progress"),
]
