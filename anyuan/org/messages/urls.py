from django.urls import path

from . import views

urlpatterns = [
    path("account/address/", views.address, name="address"),
    path("organisation/messages/", views.messages_page, name="messages"),
    path("organisation/messages/robots/add/", views.add_robot, name="robot-add"),
    path("organisation/messages/robots/<int:robot_id>/", views.change_robot, name="robot-change"),
]
