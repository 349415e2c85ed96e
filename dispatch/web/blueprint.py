"""The one blueprint of the pages for people."""

from flask import Blueprint

web = Blueprint("web", __name__)
