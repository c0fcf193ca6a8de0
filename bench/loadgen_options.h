#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <getopt.h>

#include "answer_reader.h"

namespace understudy::bench {

[[noreturn]] inline void die(const std::string& what) {
  std::fprintf(stderr, "loadgen: %s\n", what.c_str());
  std::exit(1);
}

[[noreturn]] inline void die_of_errno(const std::string& what) { die(what + ": " + std::strerror(errno)); }

enum class Reuse { kKeepAlive, kConnectionPerRequest };
enum class GroupOrder { kScattered, kInTurn };

struct Options {
  std::uint16_t port = 0;
  std::string request;
  std::size_t connections = 64;
  std::uint64_t requests = 100'000;
  std::chrono::nanoseconds time_limit = std::chrono::seconds(60);
  Reuse reuse = Reuse::kKeepAlive;
  AnswerReader::Expected expected;
  std::uint32_t groups = 0;  // 0: the request is sent as it is
  GroupOrder group_order = GroupOrder::kScattered;
  double rate = 0;       // requests per second; 0: as fast as answers come
  std::size_t idle = 0;  // connections to open, use once, and hold
};

inline std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) die(std::string("cannot read ") + path);
  return text;
}

inline constexpr const char* kUsage =
    "usage: loadgen --port PORT --request FILE [options]\n"
    "  --connections N     under way at a time (64)\n"
    "  --requests N        stop after so many (100000)\n"
    "  --time-limit S      … or after so many seconds (60)\n"
    "  --close             a new connection for every request; the request must ask for it\n"
    "  --status N          the status expected (503)\n"
    "  --body-length N     the length of the body expected (any)\n"
    "  --vary-groups N     replace the digits of g000000 in the request by 0..N-1, scattered\n"
    "  --in-turn           … one after the other instead\n"
    "  --rate R            requests per second (as fast as answers come)\n"
    "  --idle K            open K connections, ask once on each, print a line, hold them until standard "
    "input ends\n";

/// Ends the process with the usage, exit code 2, where the command line makes no sense.
inline Options parse_options(int argc, char** argv) {
  static constexpr option kOptions[] = {{"port", required_argument, nullptr, 'p'},
                                        {"request", required_argument, nullptr, 'f'},
                                        {"connections", required_argument, nullptr, 'c'},
                                        {"requests", required_argument, nullptr, 'n'},
                                        {"time-limit", required_argument, nullptr, 't'},
                                        {"close", no_argument, nullptr, 'x'},
                                        {"status", required_argument, nullptr, 's'},
                                        {"body-length", required_argument, nullptr, 'l'},
                                        {"vary-groups", required_argument, nullptr, 'g'},
                                        {"in-turn", no_argument, nullptr, 'o'},
                                        {"rate", required_argument, nullptr, 'r'},
                                        {"idle", required_argument, nullptr, 'i'},
                                        {nullptr, 0, nullptr, 0}};
  Options options;
  int letter = 0;
  while ((letter = getopt_long(argc, argv, "", kOptions, nullptr)) != -1) {
    switch (letter) {
      case 'p':
        options.port = static_cast<std::uint16_t>(std::strtoul(optarg, nullptr, 10));
        break;
      case 'f':
        options.request = read_file(optarg);
        break;
      case 'c':
        options.connections = std::strtoul(optarg, nullptr, 10);
        break;
      case 'n':
        options.requests = std::strtoull(optarg, nullptr, 10);
        break;
      case 't':
        options.time_limit =
            std::chrono::nanoseconds(static_cast<std::int64_t>(std::strtod(optarg, nullptr) * 1e9));
        break;
      case 'x':
        options.reuse = Reuse::kConnectionPerRequest;
        break;
      case 's':
        options.expected.status = static_cast<int>(std::strtol(optarg, nullptr, 10));
        break;
      case 'l':
        options.expected.body_length = std::strtoul(optarg, nullptr, 10);
        break;
      case 'g':
        options.groups = static_cast<std::uint32_t>(std::strtoul(optarg, nullptr, 10));
        break;
      case 'o':
        options.group_order = GroupOrder::kInTurn;
        break;
      case 'r':
        options.rate = std::strtod(optarg, nullptr);
        break;
      case 'i':
        options.idle = std::strtoul(optarg, nullptr, 10);
        break;
      default:
        std::fputs(kUsage, stderr);
        std::exit(2);
    }
  }
  if (options.port == 0 || options.request.empty() || options.connections == 0) {
    std::fputs(kUsage, stderr);
    std::exit(2);
  }
  return options;
}

}  // namespace understudy::bench
