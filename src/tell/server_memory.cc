#include "tell/server_memory.h"

#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "tell/written_file.h"

namespace understudy::tell {
namespace {

constexpr std::size_t kMostRead = std::size_t{16} << 20;
constexpr unsigned kMode = 0600;

}  // namespace

ServerMemory::ServerMemory(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  const auto content = read_file(path_, kMostRead);
  if (!content) {
    std::error_code unknown;
    if (std::filesystem::exists(path_, unknown) || unknown) unreadable_ = content.error().message;
    return;
  }
  std::string_view rest = *content;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    const std::string_view server = take_until(line, ' ');
    unsigned admin = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), admin);
    const bool sound = error == std::errc{} && end == line.data() + line.size();
    if (sound && server.find('/') != std::string_view::npos) servers_.emplace(server, admin);
  }
  written_ = true;
  there_ = true;
}

Result<void> ServerMemory::keep(Servers servers) {
  const bool same = servers == servers_;
  servers_ = std::move(servers);
  const bool nothing = servers_.empty() && !there_;
  if (path_.empty() || (unreadable_.empty() && ((same && written_) || nothing))) return {};
  // Not over what nobody has read: it may be what a server's way back hangs on.
  if (!unreadable_.empty())
    return Error{fmt::format("which servers were taken out before can't be read: {}", unreadable_)};
  written_ = false;
  there_ = true;
  std::string text = fmt::format("# {}: servers in maint, and their state before\n", kMarker);
  for (const auto& [server, admin] : servers_) text += fmt::format("{} {}\n", server, admin);
  const std::filesystem::path path(path_);
  const auto folder = open_folder(path.parent_path().string());
  const auto done = folder ? write_atomically(*folder, path.filename().string(), text, kMode)
                           : Result<void>(folder.error());
  if (!done) {
    return Error{
        fmt::format("which servers were taken out can't be noted, and would be left so after a restart of "
                    "understudy: {}: {}",
                    path.parent_path().string(), done.error().message)};
  }
  written_ = true;
  return {};
}

}  // namespace understudy::tell
