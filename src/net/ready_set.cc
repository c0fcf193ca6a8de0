#include "net/ready_set.h"

#include <cerrno>
#include <system_error>

namespace understudy::net {
namespace {

int make_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

ReadySet::ReadySet(boost::asio::io_context& io, RoundObserver& observer)
    : epoll_(io, make_epoll()), observer_(observer) {}

bool ReadySet::add(int descriptor, std::uint32_t events, Waiter& waiter) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &waiter;
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void ReadySet::change(int descriptor, std::uint32_t events, Waiter& waiter) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &waiter;
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
}

void ReadySet::remove(int descriptor) {
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void ReadySet::start() { wait(); }

void ReadySet::stop() {
  boost::system::error_code ignored;  // nothing was waited for: then there is nothing to cancel
  epoll_.cancel(ignored);
}

void ReadySet::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      for (int round = 0; round < kRounds && serve(std::chrono::milliseconds(0)); ++round) {
                      }
                      wait();
                    });
}

bool ReadySet::serve(std::chrono::milliseconds timeout) {
  const int count =
      ::epoll_wait(epoll_.native_handle(), events_.data(), kEvents, static_cast<int>(timeout.count()));
  if (count <= 0) return false;
  observer_.before_round();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    static_cast<Waiter*>(event.data.ptr)->on_ready(event.events);
  }
  observer_.after_round();
  return true;
}

}  // namespace understudy::net
