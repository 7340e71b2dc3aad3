from django.urls import path

from . import views

urlpatterns = [
    path("codes/", views.codes, name="codes"),
    path("codes/<int:place_id>/screen/", views.screen, name="code-screen"),
    path("codes/<int:place_id>/new/", views.new_code, name="code-new"),
    path("codes/<int:place_id>/where/", views.locate, name="code-locate"),
    path("roster/mine/", views.mine, name="my-shifts"),
    path("c/<str:code>/", views.place_code, name="place-code"),
    path("shifts/<int:shift_id>/sign-in/", views.sign_in, name="sign-in-shift"),
    path("shifts/<int:shift_id>/leave/", views.leave, name="leave-shift"),
    path("d/", views.duty_link, name="duty-link"),
    path("d/open/", views.open_duty_link, name="duty-link-open"),
    path("d/shifts/<int:shift_id>/", views.duty_link_act, name="duty-link-act"),
    path("duty.ics", views.duty_feed, name="duty-feed"),
]
