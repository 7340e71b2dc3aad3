from django.urls import path

from . import views

urlpatterns = [
    path("meetings/", views.meetings, name="meetings"),
    path("meetings/call/", views.call, name="meeting-call"),
    path("meetings/<int:meeting_id>/", views.meeting, name="meeting"),
    path("meetings/<int:meeting_id>/attend/", views.attend, name="meeting-attend"),
    path("meetings/<int:meeting_id>/mark/", views.mark, name="meeting-mark"),
    path("meetings/<int:meeting_id>/decide/", views.decide, name="meeting-decide"),
    path("meetings/<int:meeting_id>/hold/", views.hold, name="meeting-hold"),
    path("meetings/<int:meeting_id>/cancel/", views.cancel, name="meeting-cancel"),
    path("meetings/<int:meeting_id>/minutes.docx", views.minutes, name="meeting-minutes"),
    path("decisions/<int:decision_id>/finish/", views.finish, name="decision-finish"),
    path("rules/", views.library, name="rules"),
    path("rules/write/", views.write, name="rule-write"),
    path("rules/<int:rule_id>/", views.rule, name="rule"),
    path("rules/<int:rule_id>/read/", views.read, name="rule-read"),
    path("rules/<int:rule_id>/close/", views.close, name="rule-close"),
    path("letters/", views.letters, name="letters"),
    path("letters/issue/", views.issue, name="letters-issue"),
    path("letters/<int:letter_id>/", views.letter, name="letter"),
    path("letters/<int:letter_id>/sign/", views.sign, name="letter-sign"),
]
