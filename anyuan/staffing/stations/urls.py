from django.urls import path

from . import views

urlpatterns = [
    path("roster/stations/", views.stations, name="stations"),
    path("roster/stations/set/", views.set_station, name="station-set"),
    path("roster/stations/<int:station_id>/", views.station, name="station"),
    path("roster/stations/<int:station_id>/serve/", views.serve, name="station-serve"),
    path("roster/stations/breaks/", views.set_break_duty, name="break-duty-set"),
    path("roster/zones/", views.zones, name="zones"),
    path("roster/zones/set/", views.set_zone, name="zone-set"),
    path("roster/zones/<int:zone_id>/drop/", views.drop_zone, name="zone-drop"),
    path("roster/people/", views.serving, name="serving"),
    path("roster/people/timetable/", views.set_timetable, name="timetable-set"),
    path("roster/people/<int:person_id>/link/", views.send_link, name="duty-link-send"),
    path("roster/people/<int:person_id>/card/", views.set_card, name="duty-card"),
    path("roster/people/<int:person_id>/busy/", views.add_busy, name="busy-add"),
    path("roster/people/<int:person_id>/feed/", views.new_feed, name="feed-new"),
    path("roster/busy/<int:busy_id>/drop/", views.drop_busy, name="busy-drop"),
]
