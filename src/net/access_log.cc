#include "net/access_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <boost/asio/ip/address_v6.hpp>

#include "base/json_text.h"

namespace understudy::net {
namespace {

constexpr std::size_t kTexts = 11;
constexpr std::size_t kMaxText = 2048;
/// A pipe that is writable takes this much at once (POSIX: PIPE_BUF is at least 512, 4096 on Linux).
constexpr std::size_t kPiece = 4096;
constexpr std::size_t kMostLines = 256 * 1024;

/// The fixed part of a record; its texts follow, one behind the other.
struct Record {
  std::int64_t micros;
  std::uint64_t body_bytes;
  http::Peer peer;
  std::uint16_t status;
  std::array<std::uint16_t, kTexts> lengths;
};
constexpr std::array<std::string_view, kTexts> kNames = {"method",     "target", "host",      "origin",
                                                         "group",      "reason", "format",    "language",
                                                         "user_agent", "why",    "why_detail"};
static_assert(std::is_trivially_copyable_v<Record>);

std::string address_text(const http::Peer& peer) {
  if (peer.unknown) return "-";
  if (peer.unix_socket) return "unix";
  const boost::asio::ip::address_v6 v6(peer.address);
  if (!v6.is_v4_mapped()) return v6.to_string();
  return fmt::format("{}.{}.{}.{}", peer.address[12], peer.address[13], peer.address[14], peer.address[15]);
}

std::string time_text(std::int64_t micros, bool human) {
  const std::time_t seconds = micros / 1'000'000;
  if (human) return fmt::format("{:%H:%M:%S}", fmt::localtime(seconds));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), micros / 1000 % 1000);
}

void append_json_line(std::string& lines, const Record& record,
                      const std::array<std::string_view, kTexts>& texts) {
  lines += fmt::format(R"({{"type":"access","time":"{}","peer":"{}","status":{},"bytes":{})",
                       time_text(record.micros, false), address_text(record.peer), record.status,
                       record.body_bytes);
  for (std::size_t i = 0; i < kTexts; ++i) {
    if (texts[i].empty()) continue;
    lines += fmt::format(",\"{}\":", kNames[i]);
    append_json_string(lines, texts[i]);
  }
  lines += "}\n";
}

/// The reason of an answer, or why a gate decided as it did.
std::string_view fate(const std::array<std::string_view, kTexts>& texts) {
  if (!texts[5].empty()) return texts[5];
  return texts[9].empty() ? "-" : texts[9];
}

void append_human_line(std::string& lines, const Record& record,
                       const std::array<std::string_view, kTexts>& texts) {
  // No control character reaches the terminal: in SPOE a method may be any bytes.
  const auto escaped = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out.substr(1, out.size() - 2);
  };
  lines += fmt::format("{} {:<15} {} {:<11} {:<8} {:<7} {} {}\n", time_text(record.micros, true),
                       address_text(record.peer), record.status, fate(texts), texts[6],
                       texts[3].empty() ? "-" : "cors", escaped(texts[0]), escaped(texts[1]));
}

FileDescriptor open_for_appending(const std::string& file) {
  return FileDescriptor(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
}

}  // namespace

void AccessRing::note(const http::Request& request, const http::AnswerNote& answer, std::size_t body_bytes) {
  const std::string_view target =
      answer.hides_query ? request.target.substr(0, request.target.find('?')) : request.target;
  const std::array<std::string_view, kTexts> texts = {
      request.method_name, target,        request.host,     request.origin,
      answer.group,        answer.reason, answer.format,    answer.language,
      request.user_agent,  answer.why,    answer.why_detail};
  Record record{};
  record.micros =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.wall().time_since_epoch()).count();
  record.body_bytes = body_bytes;
  record.peer = request.peer;
  record.status = static_cast<std::uint16_t>(answer.status);
  record_.resize(sizeof record);
  for (std::size_t i = 0; i < kTexts; ++i) {
    const std::string_view text = texts[i].substr(0, kMaxText);
    record.lengths[i] = static_cast<std::uint16_t>(text.size());
    record_.append(text);
  }
  std::memcpy(record_.data(), &record, sizeof record);
  if (bytes_.write_available() < record_.size()) {
    dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return;
  }
  // Whole records alone become visible: the queue moves its end once, behind the last byte.
  bytes_.push(record_.data(), record_.size());
  if (wake_.exchange(1) == 0) wake_.notify_one();
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& file, const Clock& clock) {
  FileDescriptor descriptor;
  if (!file.empty()) {
    descriptor = open_for_appending(file);
    if (!descriptor.valid())
      return Error{fmt::format("the access log {} can't be opened: {}", file, system_message(errno))};
  }
  return std::unique_ptr<AccessLog>(new AccessLog(file, std::move(descriptor), clock));
}

AccessLog::AccessLog(std::string name, FileDescriptor file, const Clock& clock)
    : name_(std::move(name)),
      human_(name_.empty() && ::isatty(STDOUT_FILENO) == 1),
      clock_(clock),
      file_(std::move(file)) {}

AccessLog::~AccessLog() {
  closing_ = true;
  wake_ = 1;
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

AccessRing& AccessLog::add_ring() {
  return *rings_.emplace_back(std::make_unique<AccessRing>(clock_, wake_));
}

void AccessLog::start() {
  thread_ = std::thread([this] { run(); });
}

void AccessLog::reopen() {
  if (name_.empty()) return;
  reopening_ = true;
  wake_ = 1;
  wake_.notify_one();
}

void AccessLog::open_anew() {
  FileDescriptor fresh = open_for_appending(name_);
  // What can't be opened is written to the old file rather than nowhere.
  if (fresh.valid()) file_ = std::move(fresh);
}

void AccessLog::run() {
  std::string lines;
  for (;;) {
    wake_.wait(0);
    const bool last = closing_;
    wake_ = 0;
    if (reopening_.exchange(false)) open_anew();
    while (take_lines(lines)) {
      write_out(lines);
      lines.clear();
    }
    if (last) return;
  }
}

bool AccessLog::take_lines(std::string& lines) {
  std::string texts;
  for (const auto& ring : rings_) {
    Record record;
    while (lines.size() < kMostLines && ring->bytes_.read_available() >= sizeof record) {
      ring->bytes_.pop(reinterpret_cast<char*>(&record), sizeof record);
      std::array<std::string_view, kTexts> views;
      std::size_t total = 0;
      for (const std::uint16_t length : record.lengths) total += length;
      texts.resize(total);
      ring->bytes_.pop(texts.data(), total);
      std::size_t at = 0;
      for (std::size_t i = 0; i < kTexts; ++i) {
        views[i] = std::string_view(texts).substr(at, record.lengths[i]);
        at += record.lengths[i];
      }
      human_ ? append_human_line(lines, record, views) : append_json_line(lines, record, views);
    }
  }
  return !lines.empty();
}

void AccessLog::write_out(std::string_view lines) {
  const int descriptor = file_.valid() ? file_.get() : STDOUT_FILENO;
  while (!lines.empty()) {
    pollfd ready{descriptor, POLLOUT, 0};
    const int polled = ::poll(&ready, 1, 200);
    // A reader that has stalled must not keep the process from ending.
    if (polled == 0 && closing_) return;
    if (polled <= 0) continue;
    const ssize_t put = ::write(descriptor, lines.data(), std::min(lines.size(), kPiece));
    if (put < 0 && errno != EINTR && errno != EAGAIN) return;
    if (put > 0) lines.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace understudy::net
