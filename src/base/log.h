#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace understudy {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };
enum class LogFormat { kAuto, kHuman, kJson };

/// One field of a structured log line.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// The structured log: coloured lines for a person on a terminal, JSON lines otherwise.
/// Threads: any. Never throws; a log that can't be written is dropped by spdlog's own error handler.
/// Never on a request's way: the access log (base/access_log.h) is for that.
class Log {
 public:
  /// Writes to standard error. kAuto: human where standard error is a terminal.
  Log(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `event` is a stable name for programs ("listening"), `message` a sentence for people.
  void write(LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});

  void info(std::string_view event, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, event, message, fields);
  }
  void warning(std::string_view event, std::string_view message,
               std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, event, message, fields);
  }
  void error(std::string_view event, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, event, message, fields);
  }

  void set_level(LogLevel level);

 private:
  const bool json_;
  const std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace understudy
