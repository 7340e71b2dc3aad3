from django.urls import path

from . import views

urlpatterns = [
    path("roster/tablets/", views.tablets, name="tablets"),
    path("roster/tablets/add/", views.add, name="tablet-add"),
    path("roster/tablets/<int:tablet_id>/remove/", views.take_away, name="tablet-remove"),
    path("account/pin/", views.pin, name="pin"),
]
