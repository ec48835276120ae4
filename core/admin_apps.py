from django.contrib.admin.apps import AdminConfig


class PrivateAdminConfig(AdminConfig):
    default_site = "core.admin_site.Site"
