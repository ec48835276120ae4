from django.urls import path

from waitlist import patient_pages

urlpatterns = [path("<str:token>/", patient_pages.own_page, name="own-page")]
