"""The shop's API, run as `python3 -m clients.shop_api` with the options of support.api_app.

    GET  /v1/orders    200, three orders; sets the cookie `basket`
    POST /v1/orders    201, the order with an id; 401 without the cookie
    *    /v1/own-503   503 {"error":"busy"}: the API's own, which understudy has nothing to do with
    GET  /sockjs/…     DDP, with the method `orders`

Whatever comes to it without `X-Shop-Client` gets 400: the matrix is about requests that need a preflight and carry a cookie, and a
front end that sent others would prove less. (DDP is Meteor's own affair: it sends no header of the application's.)
"""

from __future__ import annotations

import json

from clients import ddp
from support.api_app import Api, main

ORDERS = [{"id": str(number), "note": note} for number, note in enumerate(("Boots", "A scarf", "Gloves"), 1)]


class ShopApi(Api):
    def answer(self) -> None:
        if self.path.startswith("/sockjs/"):
            self.speak_ddp()
            return
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

    def speak_ddp(self) -> None:
        path = self.path.split("?")[0]
        if path.endswith("/websocket"):
            ddp.serve(self, {"orders": lambda: ORDERS})
        elif path.endswith("/info"):
            self.send(200, ddp.INFO)
        else:
            self.send(404, {"error": "no such transport"})

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer


if __name__ == "__main__":
    main(ShopApi)
