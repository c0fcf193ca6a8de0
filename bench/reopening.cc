// What an API meets when its maintenance ends: a million clients, each of which comes when it was told to.
// The answers are understudy's own, by the code that serves them and a clock that is set; only the network is
// left out.
//
//   bench_reopening CLIENTS   prints JSON: for each way to end, the requests that reach the API in each
//   second
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "answer/answerer.h"
#include "base/clock.h"
#include "config/reader.h"
#include "model/locale.h"
#include "state/table_builder.h"

namespace understudy {
namespace {

using std::chrono::seconds;

constexpr WallTime kBegin{seconds(1'795'300'000)};
constexpr seconds kMaintenance{1800};
constexpr seconds kRamp{600};
constexpr std::size_t kWatched = 3600;  ///< seconds from the beginning

/// How a maintenance ends.
struct Ending {
  std::string_view name;
  int jitter;         ///< per cent
  bool end_is_known;  ///< clients were told when
  bool ramp;
};
constexpr Ending kEndings[] = {
    {"end known, no jitter, no ramp", 0, true, false},
    {"end known, jitter 10 %", 10, true, false},
    {"end unknown, jitter 10 %", 10, false, false},
    {"end known, jitter 10 %, ramp 10 min", 10, true, true},
};

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "bench_reopening: %s\n", why.c_str());
  std::exit(1);
}

class Simulation {
 public:
  Simulation(const Ending& ending, const model::Locales& locales, std::uint32_t clients)
      : ending_(ending),
        clock_(kBegin),
        cache_(std::size_t{1} << 20),
        table_(build(ending, locales)),
        answerer_(snapshot(maintenance()), cache_, clock_, 1),
        clients_(clients) {}

  /// Requests that reach the API, by second.
  std::vector<std::uint32_t> run() {
    std::vector<std::vector<std::uint32_t>> coming(kWatched);
    // They come to know of the maintenance while it lasts, as they use the front end.
    for (std::uint32_t client = 0; client < clients_; ++client)
      coming[std::uint64_t{client} * static_cast<std::uint64_t>(kMaintenance.count()) / clients_].push_back(
          client);
    std::vector<std::uint32_t> at_the_api(kWatched);
    for (std::size_t second = 0; second < kWatched; ++second) {
      begin_second(seconds(second));
      for (std::size_t i = 0; i < coming[second].size(); ++i) {
        const std::uint32_t client = coming[second][i];
        const std::uint64_t wait = ask(client);
        if (wait == 0) {
          ++at_the_api[second];
        } else if (second + wait < kWatched) {
          coming[second + wait].push_back(client);
        }
      }
      coming[second] = {};
    }
    return at_the_api;
  }

 private:
  static std::shared_ptr<const model::GroupTable> build(const Ending& ending, const model::Locales& locales) {
    const auto read = config::read_config(
        fmt::format("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\ndefault = true\n"
                    "retry_after = \"10m\"\nretry_jitter = {}\n",
                    ending.jitter),
        "bench.toml", {}, locales);
    if (config::has_errors(read.problems)) die(config::to_line(read.problems.front()));
    state::TableBuilder builder(locales);
    auto table = state::build_table(read.config, builder);
    if (!table) die(table.error().message);
    return *table;
  }

  [[nodiscard]] model::GroupState maintenance() const {
    model::GroupState state;
    state.mode = model::Mode::kMaintenance;
    state.lifecycle = model::Lifecycle::kActive;
    state.since = kBegin;
    if (ending_.end_is_known) state.until = kBegin + kMaintenance;
    return state;
  }

  [[nodiscard]] static model::GroupState reopening() {
    model::GroupState state;
    state.lifecycle = model::Lifecycle::kReopening;
    state.since = kBegin + kMaintenance;
    auto occasion = std::make_shared<model::Occasion>();
    occasion->reopening_since = kBegin + kMaintenance;
    occasion->reopening_until = kBegin + kMaintenance + kRamp;
    state.occasion = std::move(occasion);
    return state;
  }

  [[nodiscard]] std::shared_ptr<const model::Snapshot> snapshot(model::GroupState state) {
    auto made = std::make_shared<model::Snapshot>();
    made->revision = ++revision_;
    made->table = table_;
    made->states.reset(table_->size());
    made->states.set(0, std::move(state));
    made->trusted_proxies.push_back(*model::parse_network("127.0.0.1"));
    return made;
  }

  void begin_second(seconds since_begin) {
    clock_.set(kBegin + since_begin);
    if (since_begin == kMaintenance)
      answerer_.use(snapshot(ending_.ramp ? reopening() : model::GroupState{}));
    if (ending_.ramp && since_begin == kMaintenance + kRamp) answerer_.use(snapshot({}));
  }

  /// The client asks through a proxy that asks the gate. 0: it reaches the API; else the seconds it is told
  /// to wait.
  std::uint64_t ask(std::uint32_t client) {
    const std::string address = fmt::format("10.{}.{}.{}", client >> 16, (client >> 8) & 255, client & 255);
    http::Request request;
    request.method_name = "GET";
    request.method = http::Method::kGet;
    request.target = "/_understudy/gate?answer";
    request.host = "api.shop.example";
    request.accept = "application/json";
    request.forwarded_for = address;
    request.keep_alive = true;
    request.peer.address = model::parse_network("127.0.0.1")->address;
    head_.clear();
    http::Reply reply{head_, {}, nullptr, {}};
    answerer_.answer(request, reply);
    if (reply.note.status < 300) return 0;
    constexpr std::string_view kField = "\r\nRetry-After: ";
    const auto at = head_.find(kField);
    if (at == std::string::npos) die("an answer without Retry-After:\n" + head_);
    std::uint64_t wait = 0;
    const char* begin = head_.data() + at + kField.size();
    std::from_chars(begin, head_.data() + head_.size(), wait);
    return std::max<std::uint64_t>(wait, 1);
  }

  const Ending& ending_;
  FakeClock clock_;
  answer::RenderCache cache_;
  std::uint64_t revision_ = 0;
  std::shared_ptr<const model::GroupTable> table_;
  answer::Answerer answerer_;
  std::uint32_t clients_;
  std::string head_;
};

int run(std::uint32_t clients) {
  const model::Locales locales = model::built_in_locales();
  std::string out =
      fmt::format("{{\"clients\":{},\"maintenance_seconds\":{},\"endings\":[", clients, kMaintenance.count());
  bool first = true;
  for (const Ending& ending : kEndings) {
    const auto begun = std::chrono::steady_clock::now();
    const std::vector<std::uint32_t> at_the_api = Simulation(ending, locales, clients).run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    out += fmt::format("{}{{\"name\":\"{}\",\"seconds\":{:.2f},\"at_the_api\":[{}]}}", first ? "" : ",",
                       ending.name, took.count(), fmt::join(at_the_api, ","));
    first = false;
  }
  out += "]}";
  std::puts(out.c_str());
  return 0;
}

}  // namespace
}  // namespace understudy

int main(int count, char** arguments) {
  std::uint32_t clients = 1'000'000;
  if (count == 2) {
    const std::string_view text = arguments[1];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), clients);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || clients == 0 ||
        clients > 16'000'000)
      understudy::die("expected a number of clients from 1 to 16,000,000");
  }
  return understudy::run(clients);
}
