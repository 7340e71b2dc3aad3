from django.urls import path

from .views import leave, making, shifts, weeks

urlpatterns = [
    path("roster/", weeks.week, name="roster-week"),
    path("roster/stations/<int:station_id>/close/", shifts.close_station, name="station-close"),
    path("roster/making/", making.making, name="roster-making"),
    path("roster/ask/", making.ask, name="roster-ask"),
    path("roster/<int:roster_id>/", making.roster, name="roster"),
    path("roster/<int:roster_id>/stop/", making.stop, name="roster-stop"),
    path("roster/<int:roster_id>/publish/", making.publish, name="roster-publish"),
    path("roster/<int:roster_id>/discard/", making.discard, name="roster-discard"),
    path("roster/leaves/", leave.leaves, name="leaves"),
    path("roster/leaves/ask/", leave.ask_for_leave, name="leave-ask"),
    path("roster/leaves/<int:leave_id>/decide/", leave.decide_leave, name="leave-decide"),
    path("roster/leaves/<int:leave_id>/withdraw/", leave.withdraw_leave, name="leave-withdraw"),
    path("shifts/<int:shift_id>/", shifts.shift, name="shift"),
    path("shifts/<int:shift_id>/exchange/", shifts.exchange, name="shift-exchange"),
    path("shifts/<int:shift_id>/repair/", shifts.repair, name="shift-repair"),
    path("shifts/<int:shift_id>/assign/", shifts.assign, name="shift-assign"),
    path("shifts/<int:shift_id>/stand-in/", shifts.ask_to_stand_in, name="stand-in-ask"),
    path("shifts/<int:shift_id>/swap/", leave.ask_to_swap, name="swap-ask"),
    path("stand-in/<int:request_id>/answer/", shifts.answer_request, name="stand-in-answer"),
    path("swaps/<int:swap_id>/answer/", leave.answer_swap, name="swap-answer"),
    path("swaps/<int:swap_id>/decide/", leave.decide_swap, name="swap-decide"),
]
