// The compiled parts of Asio and Beast, once, so that every other file compiles faster.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
