from django.urls import path

from . import views

urlpatterns = [
    path("account/address/", views.address, name="address"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/seen/", views.see_all, name="inbox-seen"),
    path("inbox/<int:entry_id>/", views.open_entry, name="inbox-open"),
    path("organisation/messages/", views.messages_page, name="messages"),
    path("organisation/messages/robots/add/", views.add_robot, name="robot-add"),
    path("organisation/messages/robots/<int:robot_id>/", views.change_robot, name="robot-change"),
]
