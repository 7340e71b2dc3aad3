from django.urls import path

from . import views

urlpatterns = [
    path("facts/", views.ledger, name="ledger"),
    path("facts/views/", views.keep_view, name="view-keep"),
    path("facts/views/<int:view_id>/remove/", views.remove_view, name="view-remove"),
    path("facts/ledger.xlsx", views.ledger_file, {"ending": "xlsx"}, name="ledger-xlsx"),
    path("facts/ledger.docx", views.ledger_file, {"ending": "docx"}, name="ledger-docx"),
    path("facts/<int:fact_id>/", views.fact, name="fact"),
    path("facts/<int:fact_id>/erase/", views.erase, name="fact-erase"),
    path("attachments/<int:attachment_id>/", views.attachment, name="attachment"),
    path("evidence/", views.chain, name="chain"),
    path("evidence/verify/", views.verify, name="chain-verify"),
    path("evidence/checkpoint/", views.checkpoint, name="chain-checkpoint"),
]
