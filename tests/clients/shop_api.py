"""The shop's API, run as `python3 -m clients.shop_api` with the options of support.api_app.

    GET  /v1/orders    200, three orders; sets the cookie `basket`
    POST /v1/orders    201, the order with an id; 401 without the cookie
    *    /v1/own-503   503 {"error":"busy"}: the API's own, which understudy has nothing to do with

Whatever comes to it without `X-Shop-Client` gets 400: the matrix is about requests that need a preflight and carry a cookie, and a
front end that sent others would prove less.
"""

from __future__ import annotations

import json

from support.api_app import Api, main

ORDERS = [{"id": str(number), "note": note} for number, note in enumerate(("Boots", "A scarf", "Gloves"), 1)]


class ShopApi(Api):
    def answer(self) -> None:
        if not self.path.startswith("/v1/"):
            super().answer()
            return
        body = self.read_body()
        path = self.path.split("?")[0]
        if self.command == "OPTIONS":
            self.preflight()
        elif not self.headers.get("X-Shop-Client"):
            self.send(400, {"error": "X-Shop-Client is missing"})
        elif path == "/v1/own-503":
            self.send(503, {"error": "busy"})
        elif path != "/v1/orders":
            self.send(404, {"error": "no such thing"})
        elif self.command in ("GET", "HEAD"):
            self.send(200, ORDERS)
        elif self.command != "POST":
            self.send(405, {"error": "GET and POST alone"})
        elif "basket=" not in self.headers.get("Cookie", ""):
            self.send(401, {"error": "the cookie is missing"})
        else:
            self.send(201, {**json.loads(body), "id": "4"})

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer


if __name__ == "__main__":
    main(ShopApi)
