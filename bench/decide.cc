// What one decision costs: 100,000 networks, 1,000 passes. Built by `cmake --build --preset release --target
// bench_decide`.
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "answer/client_address.h"
#include "answer/question.h"
#include "config/config.h"
#include "model/group_table.h"
#include "model/locale.h"
#include "state/table_builder.h"

namespace understudy {
namespace {

constexpr unsigned kNetworks = 100'000;
constexpr unsigned kPasses = 1'000;
const WallTime kNow = WallTime(std::chrono::hours(490'000));
const model::PassKey kKey{"0123abcd", "0123456789abcdef0123456789abcdef", kNow};

/// A group in maintenance, and questions that a search can't learn by heart.
class Stage {
 public:
  Stage() : locales_(model::built_in_locales()), builder_(locales_) {
    config::GroupConfig group;
    group.name = "shop";
    group.id = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
    group.bypass.cookie.name = "BYPASS";
    std::string why;
    group.gate.exempt = {*model::parse_path_pattern("/.well-known/acme-challenge/*", why)};
    for (unsigned i = 0; i < kNetworks; ++i)
      group.bypass.networks.push_back(*model::parse_network(network(i)));
    config::Config config;
    config.groups.push_back(std::move(group));
    snapshot_.table = *state::build_table(config, builder_);
    for (unsigned i = 0; i < kPasses; ++i) {
      model::Pass pass;
      pass.id = fmt::format("p-{:016x}", i + 1);
      pass.group = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
      pass.expires = kNow + std::chrono::hours(1);
      tokens_.push_back(sign_pass(pass, kKey));
      passes_.push_back(std::move(pass));
    }
    snapshot_.passes = std::make_shared<const model::PassBook>(passes_, std::vector{kKey});
    state_.mode = model::Mode::kMaintenance;
    for (unsigned i = 0; i < 4096; ++i) {
      inside_.push_back(*answer::parse_address(fmt::format("2001:db8:{:x}:{:x}::1", i * 23 % 1000, i % 100)));
      outside_.push_back(*answer::parse_address(fmt::format("198.51.{}.{}", i / 256, i % 256)));
    }
  }

  answer::Decision decide(const answer::Question& question) const {
    return answer::decide(question, snapshot_.table->group(0), state_, snapshot_, kNow);
  }
  answer::Question question() const {
    answer::Question asked;
    asked.method = "GET";
    asked.target = "/orders/1234567?page=2";
    asked.cookies = "session=0123456789abcdef0123456789abcdef; theme=dark; consent=all";
    return asked;
  }
  [[nodiscard]] const answer::Address& inside(std::size_t i) const { return inside_[i % inside_.size()]; }
  [[nodiscard]] const answer::Address& outside(std::size_t i) const { return outside_[i % outside_.size()]; }
  [[nodiscard]] const std::string& token(std::size_t i) const { return tokens_[i * 37 % tokens_.size()]; }
  void open() { state_.mode = model::Mode::kOpen; }
  void reopen() {
    auto occasion = std::make_shared<model::Occasion>();
    occasion->reopening_since = kNow - std::chrono::minutes(5);
    occasion->reopening_until = kNow + std::chrono::minutes(5);
    state_ = {};
    state_.occasion = std::move(occasion);
  }

 private:
  static std::string network(unsigned i) { return fmt::format("2001:db8:{:x}:{:x}::/64", i / 100, i % 100); }

  model::Locales locales_;
  state::TableBuilder builder_;
  model::Snapshot snapshot_;
  model::GroupState state_;
  std::vector<model::Pass> passes_;
  std::vector<std::string> tokens_;
  std::vector<answer::Address> inside_;
  std::vector<answer::Address> outside_;
};

/// Goes through a benchmark, and stops it where the decision is another than the one that is measured.
template <typename Prepare>
void measure(benchmark::State& state, const Stage& stage, answer::Cause expected, Prepare prepare) {
  answer::Question question = stage.question();
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    prepare(question, i++);
    const answer::Decision decision = stage.decide(question);
    benchmark::DoNotOptimize(decision);
    if (decision.cause != expected) return state.SkipWithError("another decision than expected");
  }
}

void open_group(benchmark::State& state) {
  Stage stage;
  stage.open();
  measure(state, stage, answer::Cause::kOpen, [](answer::Question&, std::size_t) {});
}
BENCHMARK(open_group);

void address_inside(benchmark::State& state) {
  const Stage stage;
  measure(state, stage, answer::Cause::kNetwork,
          [&](answer::Question& question, std::size_t i) { question.client = stage.inside(i); });
}
BENCHMARK(address_inside);

void address_outside(benchmark::State& state) {
  const Stage stage;
  measure(state, stage, answer::Cause::kMaintenance,
          [&](answer::Question& question, std::size_t i) { question.client = stage.outside(i); });
}
BENCHMARK(address_outside);

void signed_pass(benchmark::State& state) {
  const Stage stage;
  measure(state, stage, answer::Cause::kPass, [&](answer::Question& question, std::size_t i) {
    question.client = stage.outside(i);
    question.pass = stage.token(i);
  });
}
BENCHMARK(signed_pass);

void exempt_path(benchmark::State& state) {
  const Stage stage;
  measure(state, stage, answer::Cause::kExempt, [](answer::Question& question, std::size_t) {
    question.target = "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";
  });
}
BENCHMARK(exempt_path);

void turn_while_reopening(benchmark::State& state) {
  Stage stage;
  stage.reopen();
  answer::Question question = stage.question();
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    question.client = stage.outside(i++);
    benchmark::DoNotOptimize(stage.decide(question));
  }
}
BENCHMARK(turn_while_reopening);

}  // namespace
}  // namespace understudy

BENCHMARK_MAIN();
