from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("waiting/", views.waiting, name="waiting"),
    path("wall/", views.wall, name="wall"),
    path("help/", views.guide, name="help"),
    path("search/", views.search, name="search"),
    path("record/", views.choose, name="record-choose"),
    path("record/<str:code>/", views.record, name="record"),
    path("facts/<int:fact_id>/correct/", views.correct, name="fact-correct"),
    path("health/", views.health, name="health"),
]
