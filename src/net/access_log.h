#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/lockfree/spsc_queue.hpp>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "http/access_sink.h"

namespace understudy::net {

/// One worker's end of the access log: a bounded ring of bytes. A full ring drops and counts, so a
/// stalled reader of the log never holds up an answer.
class AccessRing final : public http::AccessSink {
 public:
  explicit AccessRing(const Clock& clock, std::atomic<std::uint32_t>& wake) : clock_(clock), wake_(wake) {}

  void note(const http::Request& request, const http::AnswerNote& answer, std::size_t body_bytes) override;
  /// Threads: any.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  friend class AccessLog;
  static constexpr std::size_t kCapacity = 256 * 1024;

  const Clock& clock_;
  std::atomic<std::uint32_t>& wake_;  ///< counted up when the ring was empty before
  std::string record_;                ///< the record being put together
  std::atomic<std::uint64_t> dropped_{0};
  boost::lockfree::spsc_queue<char, boost::lockfree::capacity<kCapacity>> bytes_;
};

/// Writes what the rings hold, on a thread of its own. Lines are JSON, or, on a terminal, for people.
/// Threads: constructed, asked for rings, started and destroyed by the control thread.
class AccessLog {
 public:
  /// `file` empty: standard output. Errors: the file can't be opened for appending.
  [[nodiscard]] static Result<std::unique_ptr<AccessLog>> open(const std::string& file, const Clock& clock);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  /// A ring for one worker, owned by the log. REQUIRES: not started.
  [[nodiscard]] AccessRing& add_ring();
  void start();
  /// Opens the file anew, for whoever has renamed it (logrotate). Threads: any.
  void reopen();

 private:
  AccessLog(std::string name, FileDescriptor file, const Clock& clock);
  void open_anew();
  void run();
  /// Takes what is in the rings; false if there was nothing.
  bool take_lines(std::string& lines);
  /// Writes as long as the reader takes it, or until the log is closed.
  void write_out(std::string_view lines);

  const std::string name_;  ///< empty: standard output
  const bool human_;
  const Clock& clock_;
  FileDescriptor file_;  // the log's thread, once started
  std::atomic<bool> reopening_{false};
  std::atomic<std::uint32_t> wake_{0};
  std::atomic<bool> closing_{false};
  std::vector<std::unique_ptr<AccessRing>> rings_;
  std::thread thread_;
};

}  // namespace understudy::net
