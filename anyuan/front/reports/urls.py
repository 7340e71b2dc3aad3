from django.urls import path

from . import views

urlpatterns = [
    path("reports/summary/", views.summary, name="summary"),
    path("reports/summary.docx", views.summary_docx, name="summary-docx"),
    path("reports/summary.pdf", views.summary_pdf, name="summary-pdf"),
    path("reports/figures/<str:key>/", views.figure, name="figure"),
    path("reports/roster.xlsx", views.roster_xlsx, name="roster-xlsx"),
    path("reports/roster.docx", views.roster_docx, name="roster-docx"),
]
