from django.urls import path

from . import views

urlpatterns = [
    path("hazards/", views.hazards, name="hazards"),
    path("hazards/ledger.xlsx", views.hazards_file, {"ending": "xlsx"}, name="hazards-xlsx"),
    path("hazards/ledger.docx", views.hazards_file, {"ending": "docx"}, name="hazards-docx"),
    path("hazards/report/", views.report, name="hazard-report"),
    path("hazards/<int:hazard_id>/", views.hazard, name="hazard"),
    path("hazards/<int:hazard_id>/assign/", views.assign, name="hazard-assign"),
    path("hazards/<int:hazard_id>/fence/", views.fence, name="hazard-fence"),
    path("hazards/<int:hazard_id>/fix/", views.fix, name="hazard-fix"),
    path("hazards/<int:hazard_id>/close/", views.close, name="hazard-close"),
    path("hazards/<int:hazard_id>/send-back/", views.send_back, name="hazard-send-back"),
    path("hazards/<int:hazard_id>/reopen/", views.reopen, name="hazard-reopen"),
    path("hazards/<int:hazard_id>/merge/", views.merge, name="hazard-merge"),
    path("hazards/<int:hazard_id>/more-time/", views.ask_more_time, name="hazard-more-time"),
    path(
        "hazards/<int:hazard_id>/more-time/decide/",
        views.decide_more_time,
        name="hazard-more-time-decide",
    ),
    path("hazards/photos/<int:photo_id>/", views.photo, name="hazard-photo"),
]
