#pragma once

#include <array>
#include <mutex>
#include <string>
#include <string_view>

#include "answer/negotiate.h"

namespace understudy::answer {

/// `/_understudy/client.js`: the script by which a front end understands answers, built from clients/js into
/// pages/client and part of the binary. Compressed when a coding is asked for first, and kept. Threads: any.
class ClientScript {
 public:
  /// The script in this coding; empty: it can't be compressed now, take it as it is. Valid as long as this
  /// is.
  [[nodiscard]] std::string_view in(Coding coding);

  /// The opaque tag of the script, whatever its coding: to be sent as a weak one (RFC 9110 section 8.8.3).
  [[nodiscard]] static const std::string& etag();

 private:
  std::mutex mutex_;
  std::array<std::string, kCodingCount> coded_;  // guarded by mutex_; what stands here stays
};

}  // namespace understudy::answer
