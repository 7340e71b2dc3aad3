from django.urls import path

from . import views

urlpatterns = [
    path("duties/", views.answering, name="answering"),
    path("duties/name/", views.name, name="answering-name"),
    path("duties/fill/", views.fill, name="answering-fill"),
    path("exemptions/", views.exemptions, name="exemptions"),
    path("exemptions/ask/<int:unit_id>/<int:obligation_id>/", views.ask, name="exemption-ask"),
    path("exemptions/<int:exemption_id>/decide/", views.decide, name="exemption-decide"),
    path("exemptions/<int:exemption_id>/withdraw/", views.withdraw, name="exemption-withdraw"),
    path("exemptions/<int:exemption_id>/end/", views.end, name="exemption-end"),
]
