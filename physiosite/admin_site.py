from django.contrib import admin


class SiteAdmin(admin.AdminSite):
    site_header = "The Physiotherapy Site"
    site_title = "The Physiotherapy Site: editors"
    index_title = "What would you like to change?"
    site_url = "/"
