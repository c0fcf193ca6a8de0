#include "state/page_dir.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 32;

/// By file name ending; what a maintenance page is made of. Anything else is application/octet-stream.
constexpr std::array<std::pair<std::string_view, std::string_view>, 31> kMediaTypes = {{
    {".avif", "image/avif"},
    {".bmp", "image/bmp"},
    {".css", "text/css; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".eot", "application/vnd.ms-fontobject"},
    {".gif", "image/gif"},
    {".htm", "text/html; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".md", "text/markdown; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".mp3", "audio/mpeg"},
    {".mp4", "video/mp4"},
    {".otf", "font/otf"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webm", "video/webm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".xml", "application/xml"},
}};

std::string media_type(const fs::path& path) {
  const std::string ending = lower(path.extension().string());
  const auto found =
      std::find_if(kMediaTypes.begin(), kMediaTypes.end(), [&](const auto& t) { return t.first == ending; });
  return std::string(found == kMediaTypes.end() ? "application/octet-stream" : found->second);
}

/// FNV-1a (Fowler, Noll, Vo), 64 bits: tells versions of a file apart, no more is asked of it.
std::string entity_tag(std::string_view content) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return fmt::format("\"{:016x}\"", hash);
}

WallTime modified(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return {};
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::file_clock::to_sys(time));
}

bool is_inside(const fs::path& root, const fs::path& path) {
  const auto [root_end, path_at] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return root_end == root.end();
}

}  // namespace

Result<LoadedPageDir> load_page_dir(const fs::path& folder) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return Error{fmt::format("{}: {}", folder.string(), error.message())};
  auto page = std::make_shared<model::PageDir>();
  LoadedPageDir loaded;
  std::size_t total = 0;
  bool has_index = false;
  auto entry = fs::recursive_directory_iterator(
      root, fs::directory_options::skip_permission_denied | fs::directory_options::follow_directory_symlink,
      error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path relative = entry->path().lexically_relative(root);
    std::error_code ignored;  // a file that vanished meanwhile is no regular file any more
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
      continue;
    }
    const fs::path real = fs::canonical(entry->path(), ignored);
    if (!ignored && entry->is_directory(ignored)) {
      // A linked folder is followed, unless out of the root or back to where the link stands.
      const bool leads_out = !is_inside(root, real);
      const bool leads_back = entry->is_symlink(ignored) && is_inside(real, entry->path());
      if (leads_out || leads_back || entry.depth() >= kMaxDepth) {
        entry.disable_recursion_pending();
        loaded.left_out.push_back(relative.string() +
                                  ": the link leads out of the folder, or round and round");
      }
      continue;
    }
    if (!entry->is_regular_file(ignored)) continue;
    if (ignored || !is_inside(root, real)) {
      loaded.left_out.push_back(relative.string() + ": the link leads out of the folder");
      continue;
    }
    auto content = read_file(real, kMaxPageDir);
    if (!content) {
      loaded.left_out.push_back(content.error().message);
      continue;
    }
    total += content->size();
    if (total > kMaxPageDir) {
      return Error{fmt::format("{}: more than {} MiB in all", folder.string(), kMaxPageDir >> 20)};
    }
    if (relative == "index.html") {
      has_index = true;
      page->index = std::move(*content);
      continue;
    }
    model::PageFile file{std::move(*content), media_type(relative), {}, modified(real)};
    file.etag = entity_tag(file.content);
    page->files.emplace(fmt::format("/{}", relative.generic_string()), std::move(file));
  }
  if (error) return Error{fmt::format("{}: {}", folder.string(), error.message())};
  if (!has_index) return Error{fmt::format("{}: no readable index.html", folder.string())};
  loaded.page = std::move(page);
  return loaded;
}

}  // namespace understudy::state
