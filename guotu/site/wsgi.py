"""The door by which a WSGI server reaches the platform."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
application = get_wsgi_application()
