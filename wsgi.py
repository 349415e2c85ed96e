"""Production entry: `waitress-serve wsgi:app` with the settings of the environment."""

from dispatch.app import create_app
from dispatch.settings import Settings

app = create_app(Settings.from_env())
