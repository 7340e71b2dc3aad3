from django.urls import path

from .views import beyond, checks, hazards, public

urlpatterns = [
    path("hazards/", hazards.hazards, name="hazards"),
    path("hazards/ledger.xlsx", hazards.hazards_file, {"ending": "xlsx"}, name="hazards-xlsx"),
    path("hazards/ledger.docx", hazards.hazards_file, {"ending": "docx"}, name="hazards-docx"),
    path("hazards/board/", hazards.hazard_board, name="hazard-board"),
    path("hazards/report/", hazards.report, name="hazard-report"),
    path("hazards/poster/", public.poster, name="hazard-poster"),
    path("hazards/poster/make/", public.make_code, name="hazard-code-make"),
    path("r/receipt/", public.receipt, name="hazard-receipt"),
    path("r/<str:report_code>/", public.tell, name="hazard-tell"),
    path("hazards/checks/", checks.checks, name="checks"),
    path("hazards/checks/lists/", checks.lists, name="checklists"),
    path("hazards/checks/lists/<str:listed_key>.xlsx", checks.list_xlsx, name="checklist-xlsx"),
    path("hazards/checks/lists/write/", checks.write_list, name="checklist-write"),
    path(
        "hazards/checks/lists/<int:checklist_id>/close/", checks.close_list, name="checklist-close"
    ),
    path("hazards/checks/walk/<str:listed_key>/", checks.walk, name="check-walk"),
    path("hazards/inspections/<int:inspection_id>/", checks.inspection, name="inspection"),
    path("hazards/<int:hazard_id>/", hazards.hazard, name="hazard"),
    path("hazards/<int:hazard_id>/assign/", hazards.assign, name="hazard-assign"),
    path("hazards/<int:hazard_id>/fence/", hazards.fence, name="hazard-fence"),
    path("hazards/<int:hazard_id>/fix/", hazards.fix, name="hazard-fix"),
    path("hazards/<int:hazard_id>/close/", hazards.close, name="hazard-close"),
    path("hazards/<int:hazard_id>/send-back/", hazards.send_back, name="hazard-send-back"),
    path("hazards/<int:hazard_id>/reopen/", hazards.reopen, name="hazard-reopen"),
    path("hazards/<int:hazard_id>/dismiss/", hazards.dismiss, name="hazard-dismiss"),
    path("hazards/<int:hazard_id>/merge/", hazards.merge, name="hazard-merge"),
    path("hazards/<int:hazard_id>/more-time/", hazards.ask_more_time, name="hazard-more-time"),
    path(
        "hazards/<int:hazard_id>/more-time/decide/",
        hazards.decide_more_time,
        name="hazard-more-time-decide",
    ),
    path("hazards/<int:hazard_id>/list/", beyond.list_it, name="hazard-list"),
    path("hazards/<int:hazard_id>/milestone/", beyond.reach, name="hazard-milestone"),
    path("hazards/<int:hazard_id>/confirm/", beyond.confirm, name="hazard-confirm"),
    path("hazards/<int:hazard_id>/referral/", beyond.send, name="referral-send"),
    path("hazards/referrals/", beyond.referrals, name="referrals"),
    path("hazards/referrals/<int:referral_id>/link/", beyond.referral_link, name="referral-link"),
    path(
        "hazards/referrals/<int:referral_id>/paper/",
        beyond.write_down,
        name="referral-write-down",
    ),
    path(
        "hazards/referrals/<int:referral_id>/paper.docx",
        beyond.referral_docx,
        name="referral-docx",
    ),
    path("l/<str:mark>/", beyond.answer, name="referral-answer"),
    path("hazards/photos/<int:photo_id>/", hazards.photo, name="hazard-photo"),
]
