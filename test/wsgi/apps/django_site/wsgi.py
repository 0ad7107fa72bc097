import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'django_site.settings')

# Django's own server serves the static files in this way, too.
application = StaticFilesHandler(get_wsgi_application())
