"""Every address."""
urlpatterns: list = []
