"""Configurations that several wire tests start from."""

from __future__ import annotations

SHOP_ID = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
BLOG_ID = "e8ccf76c-32c6-48d3-b67d-dbd38d474c87"

HOST = "api.shop.example"
ORIGIN = "https://shop.example"


def server(settings: str = "", listen: str = '["127.0.0.1:0"]') -> str:
    """The [server] table; `settings` are further lines of it."""
    return f"[server]\nlisten = {listen}\n{settings}\n"


# One group without any text of the operator's.
BARE = f"""
[groups.shop]
id = "{SHOP_ID}"
hosts = ["{HOST}"]
default = true
"""

CORS = f"""
[groups.shop.cors]
origins = ["{ORIGIN}"]
credentials = true
"""

TEXTS = """
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.maintenance.de]
title = "Wartungsarbeiten"
message = "Wir führen gerade Wartungsarbeiten durch."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
"""

SHOP = BARE + CORS + TEXTS

BLOG = f"""
[groups.blog]
id = "{BLOG_ID}"
hosts = ["api.blog.example"]
[groups.blog.failure.en]
title = "The blog failed"
message = "It does not answer."
"""
