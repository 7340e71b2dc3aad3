from django.urls import path

from . import views

urlpatterns = [
    path("supervision/", views.supervision, name="supervision"),
    path("supervision/summary/", views.summary, name="supervision-summary"),
    path("supervision/summary.xlsx", views.summary_xlsx, name="supervision-summary-xlsx"),
    path("supervision/notices/issue/", views.issue, name="notice-issue"),
    path("supervision/notices/<int:notice_id>/", views.notice, name="notice"),
    path("supervision/notices/<int:notice_id>/serve/", views.serve, name="notice-serve"),
    path("supervision/notices/<int:notice_id>/answer/", views.answer, name="notice-answer"),
    path("supervision/notices/<int:notice_id>/check/", views.check, name="notice-check"),
    path("supervision/notices/<int:notice_id>/paper.docx", views.notice_docx, name="notice-docx"),
    path("supervision/draws/new/", views.draw, name="draw-new"),
    path("supervision/draws/<int:draw_id>/", views.drawn, name="draw"),
    path("supervision/draws/<int:draw_id>/draw.csv", views.draw_csv, name="draw-csv"),
    path("supervision/visits/<int:visit_id>/", views.visit, name="visit"),
    path("supervision/visits/<int:visit_id>/arrive/", views.arrive, name="visit-arrive"),
    path("supervision/visits/<int:visit_id>/finish/", views.finish, name="visit-finish"),
    path("supervision/visits/<int:visit_id>/cancel/", views.cancel, name="visit-cancel"),
]
