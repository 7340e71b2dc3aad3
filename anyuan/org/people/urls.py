from django.urls import path

from anyuan.kernel.http import signs_in

from .views import account, bodies, organisation, persons

urlpatterns = [
    path("account/", account.security, name="account-security"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/describe/", organisation.describe, name="unit-describe"),
    path("organisation/people/", persons.people, name="people"),
    path("organisation/people/enter/", persons.enter, name="person-enter"),
    path("organisation/people/<int:person_id>/", persons.person, name="person"),
    path("organisation/people/<int:person_id>/change/", persons.change, name="person-change"),
    path("organisation/people/<int:person_id>/post/", persons.add_post, name="person-post"),
    path("organisation/people/<int:person_id>/role/", persons.give_role, name="person-role"),
    path("organisation/people/<int:person_id>/leave/", persons.leave, name="person-leave"),
    path("organisation/people/<int:person_id>/back/", persons.come_back, name="person-back"),
    path("organisation/people/<int:person_id>/invite/", account.invite, name="person-invite"),
    path(
        "organisation/people/<int:person_id>/device-code/",
        account.device_code,
        name="person-device-code",
    ),
    path(
        "organisation/people/<int:person_id>/sign-out/",
        account.end_sessions,
        name="person-sign-out",
    ),
    path("welcome/", signs_in(account.welcome), name="welcome"),
    path("account/device-code/", account.own_device_code, name="own-device-code"),
    path("account/devices/forget/", account.forget_devices, name="devices-forget"),
    path("account/glass/", account.glass, name="glass"),
    path("organisation/roles/<int:grant_id>/end/", persons.end_role, name="role-end"),
    path("organisation/bodies/form/", bodies.form_body, name="body-form"),
    path("organisation/bodies/<int:body_id>/seat/", bodies.seat, name="body-seat"),
    path(
        "organisation/bodies/<int:body_id>/unseat/<int:seat_id>/", bodies.unseat, name="body-unseat"
    ),
    path("organisation/bodies/<int:body_id>/close/", bodies.close_body, name="body-close"),
    path("organisation/places/add/", organisation.add_place, name="place-add"),
    path("organisation/places/<int:place_id>/close/", organisation.close_place, name="place-close"),
    path("organisation/charges/give/", bodies.give_charge, name="charge-give"),
    path("organisation/charges/<int:charge_id>/end/", bodies.end_charge, name="charge-end"),
    path("organisation/chart/", organisation.chart, name="organisation-chart"),
    path("organisation/contacts/", organisation.contacts, name="contacts"),
]
