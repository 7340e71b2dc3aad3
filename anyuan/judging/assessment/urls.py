from django.urls import path

from . import views

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/trends/", views.trends, name="trends"),
    path("board/<int:unit_id>/<int:obligation_id>/", views.worst, name="worst"),
    path("plans/<int:plan_id>/stages/", views.stages, name="stages"),
    path("month/", views.month, name="month"),
    path("declare/", views.declare, name="declare"),
    path("verdicts/<int:unit_id>/<int:obligation_id>/<str:day>/", views.cell, name="cell"),
    path("live/", views.live, name="live"),
]
