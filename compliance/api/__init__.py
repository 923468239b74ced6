"""The HTTP API the product calls: what comes in is checked for its shape here, and decided on by
services. `openapi.json` says all there is; `make openapi` writes it anew.
"""
