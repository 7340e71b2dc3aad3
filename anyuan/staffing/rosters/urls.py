from django.urls import path

from . import views

urlpatterns = [
    path("roster/", views.week, name="roster-week"),
    path("roster/wall/", views.wall, name="roster-wall"),
    path("roster/stations/<int:station_id>/close/", views.close_station, name="station-close"),
    path("roster/making/", views.making, name="roster-making"),
    path("roster/ask/", views.ask, name="roster-ask"),
    path("roster/<int:roster_id>/", views.roster, name="roster"),
    path("roster/<int:roster_id>/stop/", views.stop, name="roster-stop"),
    path("roster/<int:roster_id>/publish/", views.publish, name="roster-publish"),
    path("roster/<int:roster_id>/discard/", views.discard, name="roster-discard"),
    path("roster/leaves/", views.leaves, name="leaves"),
    path("roster/leaves/ask/", views.ask_for_leave, name="leave-ask"),
    path("roster/leaves/<int:leave_id>/decide/", views.decide_leave, name="leave-decide"),
    path("roster/leaves/<int:leave_id>/withdraw/", views.withdraw_leave, name="leave-withdraw"),
    path("shifts/<int:shift_id>/", views.shift, name="shift"),
    path("shifts/<int:shift_id>/exchange/", views.exchange, name="shift-exchange"),
    path("shifts/<int:shift_id>/repair/", views.repair, name="shift-repair"),
    path("shifts/<int:shift_id>/assign/", views.assign, name="shift-assign"),
    path("shifts/<int:shift_id>/stand-in/", views.ask_to_stand_in, name="stand-in-ask"),
    path("shifts/<int:shift_id>/swap/", views.ask_to_swap, name="swap-ask"),
    path("stand-in/<int:request_id>/answer/", views.answer_request, name="stand-in-answer"),
    path("swaps/<int:swap_id>/answer/", views.answer_swap, name="swap-answer"),
    path("swaps/<int:swap_id>/decide/", views.decide_swap, name="swap-decide"),
]
