from django.urls import path

from . import views

urlpatterns = [
    path("patrols/", views.patrols, name="patrols"),
    path("patrols/routes/", views.routes, name="routes"),
    path("patrols/routes/set/", views.set_route, name="route-set"),
    path("patrols/routes/<int:route_id>/close/", views.close_route, name="route-close"),
    path("patrols/routes/<int:route_id>/points/", views.set_points, name="route-points"),
    path("patrols/routes/<int:route_id>/start/", views.start, name="round-start"),
    path("patrols/points/<int:checkpoint_id>/", views.place_point, name="point-place"),
    path("patrols/picture/", views.set_picture, name="campus-picture-set"),
    path("patrols/picture/<int:unit_id>/", views.campus_picture, name="campus-picture"),
    path("rounds/<int:round_id>/", views.walk, name="round"),
    path("rounds/<int:round_id>/scan/", views.scan, name="round-scan"),
    path("rounds/<int:round_id>/accept/", views.accept, name="round-accept"),
    path("rounds/<int:round_id>/end/", views.end, name="round-end"),
]
