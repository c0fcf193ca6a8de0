"""What the black-box tests share: real servers, raw HTTP, real proxies, a real browser."""
