#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <strings.h>

namespace understudy::bench {

/// Reads one HTTP/1.1 answer after another from the pieces in which they arrive, and judges each: its status,
/// its length, and that nothing follows it. Answers need a Content-Length, but for 204.
///
/// The client shares the machine with the server it measures, so reading has to be cheap: an answer that has
/// the outline of the last one on its connection (status line, end of head and Content-Length in the same
/// places) is recognised by looking at these places alone.
class AnswerReader {
 public:
  enum class Verdict { kIncomplete, kComplete, kWrong };

  struct Expected {
    int status = 503;
    std::size_t body_length = 0;  // 0: any
  };

  /// Takes the next bytes of the connection. After kComplete, the next call begins the next answer. After
  /// kWrong, `problem()` says what was wrong and the reader is of no further use.
  Verdict feed(std::string_view bytes, const Expected& expected) {
    if (head_.empty() && missing_ == 0) {
      if (has_known_outline(bytes)) return Verdict::kComplete;
    }
    if (missing_ > 0) return take_body(bytes.size());
    head_.append(bytes);
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos)
      return head_.size() > kLongestHead ? wrong("no end of the head") : Verdict::kIncomplete;
    return take_head(end + 4, expected);
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// Forgets a half-read answer, for a new connection; the known outline stays.
  void restart() {
    head_.clear();
    missing_ = 0;
  }

 private:
  static constexpr int kNoContent = 204;
  static constexpr std::size_t kLongestHead = 64 * 1024;
  static constexpr std::string_view kLengthName = "\r\nContent-Length:";

  [[nodiscard]] bool has_known_outline(std::string_view bytes) const {
    return !length_line_.empty() && bytes.size() == whole_length_ && bytes.starts_with(status_line_) &&
           bytes.compare(head_length_ - 4, 4, "\r\n\r\n") == 0 &&
           bytes.compare(length_at_, length_line_.size(), length_line_) == 0;
  }

  Verdict take_head(std::size_t head_length, const Expected& expected) {
    const std::string_view head(head_.data(), head_length);
    int status = 0;
    if (!head.starts_with("HTTP/1.1 "))
      return wrong("no HTTP/1.1 answer: " + std::string(head.substr(0, 40)));
    std::from_chars(head.data() + 9, head.data() + 12, status);
    if (status != expected.status) return wrong("status " + std::to_string(status));
    const std::size_t at = find_length(head);
    if (status == kNoContent && at == std::string_view::npos) {
      const std::size_t last = head.size() - 4;  // the end of the head stands in for Content-Length
      remember_outline(head, last, last, head_length);
      return take_whole(head_length, 0);
    }
    if (at == std::string_view::npos) return wrong("no Content-Length");
    const std::size_t line_end = head.find("\r\n", at + 2);
    const std::size_t digits = head.find_first_not_of(' ', at + kLengthName.size());
    std::size_t body_length = 0;
    std::from_chars(head.data() + digits, head.data() + line_end, body_length);
    if (expected.body_length != 0 && body_length != expected.body_length) {
      return wrong("a body of " + std::to_string(body_length) + " bytes");
    }
    remember_outline(head, at, line_end, head_length + body_length);
    return take_whole(head_length, body_length);
  }

  Verdict take_whole(std::size_t head_length, std::size_t body_length) {
    const std::size_t here = head_.size() - head_length;
    head_.clear();
    missing_ = body_length;
    return take_body(here);
  }

  void remember_outline(std::string_view head, std::size_t length_at, std::size_t line_end,
                        std::size_t whole) {
    status_line_ = head.substr(0, head.find("\r\n"));
    head_length_ = head.size();
    length_at_ = length_at;
    length_line_ = head.substr(length_at, line_end + 2 - length_at);
    whole_length_ = whole;
  }

  Verdict take_body(std::size_t arrived) {
    if (arrived > missing_) return wrong("bytes after the answer");
    missing_ -= arrived;
    return missing_ == 0 ? Verdict::kComplete : Verdict::kIncomplete;
  }

  static std::size_t find_length(std::string_view head) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
      const std::string_view line = head.substr(at);
      if (line.size() > kLengthName.size() &&
          strncasecmp(line.data(), kLengthName.data(), kLengthName.size()) == 0) {
        return at;
      }
    }
    return std::string_view::npos;
  }

  Verdict wrong(std::string what) {
    problem_ = std::move(what);
    return Verdict::kWrong;
  }

  std::string head_;         // of the answer being read, until its end has come
  std::size_t missing_ = 0;  // bytes of the body still to come
  std::string problem_;

  std::string status_line_;  // the outline of the last answer
  std::string length_line_;
  std::size_t head_length_ = 0;
  std::size_t length_at_ = 0;
  std::size_t whole_length_ = 0;
};

}  // namespace understudy::bench
