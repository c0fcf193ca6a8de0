// Gives a fuzz target the inputs that are kept in folders: what the tests do in libFuzzer's place.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/check.h"

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  // Named before it runs: what comes last in the output is the input that failed.
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i) {
    const fs::path argument = arguments[i];
    if (fs::is_regular_file(argument)) files.push_back(argument);
    if (!fs::is_directory(argument)) continue;  // a target that never found anything has no regressions
    for (const auto& entry : fs::directory_iterator(argument)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::for_each(files.begin(), files.end(), replay);
  std::printf("%zu inputs replayed\n", files.size());
  return files.empty() ? 1 : 0;
}
