#include "net/line_exchange.h"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/files.h"
#include "base/test_folder.h"

namespace understudy::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Answers one connection on a Unix socket by what it is given.
class OneAnswer {
 public:
  explicit OneAnswer(std::function<void(int)> answer) : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, path().size());
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const FileDescriptor client(::accept(listener_.get(), nullptr, nullptr));
      if (!client.valid()) return;
      char byte = 0;
      while (byte != '\n' && ::read(client.get(), &byte, 1) == 1) line_ += byte;
      answer(client.get());
    });
  }
  ~OneAnswer() { thread_.join(); }
  [[nodiscard]] std::string path() const { return (folder_ / "s").string(); }
  [[nodiscard]] ListenAddress address() const { return *parse_listen_address("unix:" + path()); }
  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  const TestFolder folder_;
  const FileDescriptor listener_;
  std::string line_;
  std::thread thread_;
};

void send_text(int socket, std::string_view text) {
  EXPECT_EQ(::send(socket, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// Waits until the other side has closed.
void wait_for_end(int socket) {
  char byte = 0;
  while (::read(socket, &byte, 1) > 0) {
  }
}

TEST(LineExchange, ReadsAReplyToItsEndHoweverItIsSplit) {
  const std::string reply = "0x1 shop open\n0x2 blog maintenance\n\n";
  for (std::size_t at = 0; at <= reply.size(); ++at) {
    OneAnswer haproxy([&](int socket) {
      send_text(socket, reply.substr(0, at));
      std::this_thread::yield();
      send_text(socket, reply.substr(at));
    });
    const auto got = exchange_line(haproxy.address(), "show map /a.map");
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, reply);
    EXPECT_EQ(haproxy.line(), "show map /a.map\n");
  }
}

TEST(LineExchange, TakesAnEmptyReply) {
  OneAnswer haproxy([](int) {});
  const auto got = exchange_line(haproxy.address(), "x");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, "");
}

TEST(LineExchange, IsBoundedInTimeAndSize) {
  LineLimits limits;
  limits.whole = 50ms;
  limits.reply = 10;
  OneAnswer silent(wait_for_end);
  EXPECT_EQ(exchange_line(silent.address(), "x", limits).error().message, "no answer in time");
  limits.whole = 20s;
  OneAnswer endless([](int socket) { send_text(socket, "more than ten bytes"); });
  EXPECT_EQ(exchange_line(endless.address(), "x", limits).error().message, "an answer of more than 10 bytes");
}

TEST(LineExchange, SaysWhyNobodyIsReached) {
  const TestFolder folder;
  const auto at = [&](const std::string& text) { return exchange_line(*parse_listen_address(text), "x"); };
  EXPECT_EQ(at("unix:" + (folder / "none").string()).error().message,
            "can't connect: No such file or directory");
  folder.write("file", "");
  EXPECT_EQ(at("unix:" + (folder / "file").string()).error().message, "can't connect: Connection refused");
  EXPECT_EQ(at("127.0.0.1:1").error().message, "can't connect: Connection refused");
  EXPECT_EQ(at("[::1]:1").error().message, "can't connect: Connection refused");
}

}  // namespace
}  // namespace understudy::net
