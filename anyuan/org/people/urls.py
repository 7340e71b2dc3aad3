from django.urls import path

from anyuan.kernel.http import signs_in

from . import views

urlpatterns = [
    path("account/", views.security, name="account-security"),
    path("organisation/", views.organisation, name="organisation"),
    path("organisation/describe/", views.describe, name="unit-describe"),
    path("organisation/people/", views.people, name="people"),
    path("organisation/people/enter/", views.enter, name="person-enter"),
    path("organisation/people/<int:person_id>/", views.person, name="person"),
    path("organisation/people/<int:person_id>/change/", views.change, name="person-change"),
    path("organisation/people/<int:person_id>/post/", views.add_post, name="person-post"),
    path("organisation/people/<int:person_id>/role/", views.give_role, name="person-role"),
    path("organisation/people/<int:person_id>/leave/", views.leave, name="person-leave"),
    path("organisation/people/<int:person_id>/back/", views.come_back, name="person-back"),
    path("organisation/people/<int:person_id>/invite/", views.invite, name="person-invite"),
    path(
        "organisation/people/<int:person_id>/device-code/",
        views.device_code,
        name="person-device-code",
    ),
    path(
        "organisation/people/<int:person_id>/sign-out/", views.end_sessions, name="person-sign-out"
    ),
    path("welcome/", signs_in(views.welcome), name="welcome"),
    path("account/device-code/", views.own_device_code, name="own-device-code"),
    path("account/devices/forget/", views.forget_devices, name="devices-forget"),
    path("account/glass/", views.glass, name="glass"),
    path("organisation/roles/<int:grant_id>/end/", views.end_role, name="role-end"),
    path("organisation/bodies/form/", views.form_body, name="body-form"),
    path("organisation/bodies/<int:body_id>/seat/", views.seat, name="body-seat"),
    path(
        "organisation/bodies/<int:body_id>/unseat/<int:seat_id>/", views.unseat, name="body-unseat"
    ),
    path("organisation/bodies/<int:body_id>/close/", views.close_body, name="body-close"),
    path("organisation/places/add/", views.add_place, name="place-add"),
    path("organisation/places/<int:place_id>/close/", views.close_place, name="place-close"),
    path("organisation/charges/give/", views.give_charge, name="charge-give"),
    path("organisation/charges/<int:charge_id>/end/", views.end_charge, name="charge-end"),
    path("organisation/chart/", views.chart, name="organisation-chart"),
    path("organisation/contacts/", views.contacts, name="contacts"),
]
