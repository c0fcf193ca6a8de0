#pragma once

// For tests alone: a folder of their own, gone with them.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace understudy {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "understudy-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test: " + name);
    // Without links: /tmp may be one.
    path_ = std::filesystem::canonical(name);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const {
    return path_ / name;
  }

  /// Writes a file in place, with the folders that it needs.
  void write(const std::filesystem::path& name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  /// Puts another file in a file's place, as editors and deployment tools do.
  void replace(const std::filesystem::path& name, std::string_view content) const {
    const std::filesystem::path fresh = path_ / (name.string() + ".new");
    std::ofstream(fresh, std::ios::binary) << content;
    std::filesystem::rename(fresh, path_ / name);
  }
  /// Points a link, there already or not, at something else in one step.
  void link(const std::filesystem::path& target, const std::filesystem::path& name) const {
    const std::filesystem::path fresh = path_ / (name.string() + ".new");
    std::filesystem::create_symlink(target, fresh);
    std::filesystem::rename(fresh, path_ / name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace understudy
