"""One module per API that this broker serves, named as the API.

Each has ``handle(ctx, request)``, which answers or returns a Pending, and
``error_response(request, code)``, the answer when the request fails as a whole.
"""
