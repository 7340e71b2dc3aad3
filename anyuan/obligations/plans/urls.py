from django.urls import path

from . import views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/upload/", views.upload, name="plan-upload"),
    path("plans/standards/", views.standards, name="standards"),
    path("plans/<int:plan_id>/compare/<int:old_id>/", views.compare, name="plan-compare"),
    path("plans/<int:plan_id>/replace/", views.replace, name="plan-replace"),
    path("calendar/", views.calendar, name="calendar"),
    path("plans/<int:plan_id>/", views.plan, name="plan"),
    path("plans/<int:plan_id>/add/", views.add, name="plan-add"),
    path("plans/<int:plan_id>/accept-rest/", views.accept_rest, name="plan-accept-rest"),
    path("plans/<int:plan_id>/adopt/", views.adopt, name="plan-adopt"),
    path("plans/<int:plan_id>/retire/", views.retire, name="plan-retire"),
    path("plans/duties/<int:duty_id>/review/", views.review, name="duty-review"),
    path("plans/duties/<int:duty_id>/edit/", views.edit, name="duty-edit"),
    path("plans/duties/<int:duty_id>/split/", views.split, name="duty-split"),
]
