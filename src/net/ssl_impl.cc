// The compiled part of Asio's TLS streams, once, beside the library that it needs.
#include <boost/asio/ssl/impl/src.hpp>
