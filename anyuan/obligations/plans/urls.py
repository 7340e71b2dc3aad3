from django.urls import path

from .views import calendar, duties, plans

urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/upload/", plans.upload, name="plan-upload"),
    path("plans/upload/progress/", plans.how_far, name="plan-progress"),
    path("plans/standards/", plans.standards, name="standards"),
    path("plans/<int:plan_id>/compare/<int:old_id>/", plans.compare, name="plan-compare"),
    path("plans/<int:plan_id>/replace/", plans.replace, name="plan-replace"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/pages/<int:number>/", plans.page_picture, name="plan-page"),
    path("plans/<int:plan_id>/alike/", duties.alike, name="plan-alike"),
    path("plans/<int:plan_id>/add/", duties.add, name="plan-add"),
    path("plans/<int:plan_id>/accept-rest/", duties.accept_rest, name="plan-accept-rest"),
    path("plans/<int:plan_id>/reopen/", duties.reopen_together, name="plan-reopen"),
    path("plans/<int:plan_id>/settle/", duties.settle, name="plan-settle"),
    path("plans/<int:plan_id>/adopt/", plans.adopt, name="plan-adopt"),
    path("plans/<int:plan_id>/retire/", plans.retire, name="plan-retire"),
    path("plans/duties/<int:duty_id>/review/", duties.review, name="duty-review"),
    path("plans/duties/<int:duty_id>/edit/", duties.edit, name="duty-edit"),
    path("plans/duties/<int:duty_id>/picture/", plans.duty_picture, name="duty-picture"),
    path("plans/duties/<int:duty_id>/merge/", duties.merge, name="duty-merge"),
    path("plans/duties/<int:duty_id>/split/", duties.split, name="duty-split"),
]
