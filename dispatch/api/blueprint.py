"""The one blueprint of the JSON API; each resource's file hangs its endpoints on it."""

from apiflask import APIBlueprint

api = APIBlueprint("api", __name__, url_prefix="/api/v1")
