#include "tell/replies.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::tell {
namespace {

constexpr std::size_t kMostWords = 200;
constexpr std::string_view kCutOff = "HAProxy closed the connection in the middle of its reply";

/// HAProxy's own words in one line.
std::string words_of(std::string_view reply) {
  const std::string_view text = trim_lines(reply);
  std::string words = printable(cut(text.substr(0, text.find('\n')), kMostWords));
  return words.empty() ? "a reply that is no text" : words;
}

/// Takes a word off the front of a line, with the blanks behind it.
std::string_view take_word(std::string_view& line) {
  const std::string_view word = take_until(line, ' ');
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return word;
}

/// Without its empty line at the end; none: it was cut off.
std::optional<std::string_view> whole(std::string_view reply) {
  if (reply == "\n") return std::string_view();
  if (!reply.ends_with("\n\n")) return std::nullopt;
  return reply.substr(0, reply.size() - 1);
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<std::string> complaint_in(std::string_view replies, std::size_t commands) {
  if (!trim_lines(replies).empty()) return words_of(replies);
  const auto ended = static_cast<std::size_t>(std::count(replies.begin(), replies.end(), '\n'));
  if (ended < commands) return std::string(kCutOff);
  return std::nullopt;
}

Result<std::vector<MapEntry>> read_map(std::string_view reply) {
  auto rest = whole(reply);
  if (!rest) return Error{trim_lines(reply).starts_with("0x") ? std::string(kCutOff) : words_of(reply)};
  std::vector<MapEntry> entries;
  while (!rest->empty()) {
    std::string_view line = take_until(*rest, '\n');
    if (!take_word(line).starts_with("0x")) return Error{words_of(reply)};
    const std::string_view key = take_word(line);
    if (key.empty()) return Error{fmt::format("no map: {}", words_of(reply))};
    entries.push_back({key, line});
  }
  return entries;
}

Result<std::vector<ServerLine>> read_servers(std::string_view reply) {
  auto rest = whole(reply);
  if (!rest) return Error{reply.starts_with("1\n") ? std::string(kCutOff) : words_of(reply)};
  // The format's version, then the names of the columns.
  if (take_until(*rest, '\n') != "1" || !rest->starts_with("# be_id be_name srv_id srv_name srv_addr "))
    return Error{words_of(reply)};
  static_cast<void>(take_until(*rest, '\n'));
  std::vector<ServerLine> servers;
  while (!rest->empty()) {
    std::string_view line = take_until(*rest, '\n');
    const std::string_view whole_line = line;
    ServerLine server;
    std::string_view words[7];
    for (std::string_view& word : words) word = take_word(line);
    server.backend = words[1];
    server.server = words[3];
    if (server.backend.empty() || server.server.empty() || !read_number(words[6], server.admin))
      return Error{fmt::format("a server's state can't be read: {}", words_of(whole_line))};
    servers.push_back(server);
  }
  return servers;
}

}  // namespace understudy::tell
