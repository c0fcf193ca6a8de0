#include "model/counters.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace understudy::model {
namespace {

constexpr Format at(std::size_t index) { return static_cast<Format>(index); }

/// A different number for each kind of answer.
std::uint64_t number_of(Reason reason, std::size_t format) {
  return 1 + static_cast<std::uint64_t>(reason) * kFormatCount + format;
}

TEST(GroupCounters, NothingIsCountedAtFirst) {
  const GroupCounters counters;
  for (const Reason reason : kReasons) {
    for (std::size_t i = 0; i < kFormatCount; ++i) EXPECT_EQ(counters.answers(reason, at(i)), 0U);
    EXPECT_EQ(counters.files_sent(reason) + counters.files_unchanged(reason), 0U);
  }
  EXPECT_EQ(counters.preflights_allowed() + counters.preflights_refused(), 0U);
}

/// Every kind there is, more than have a place of their own.
GroupCounters count_everything() {
  GroupCounters counters;
  for (std::uint64_t round = 1; round <= 3 * kFormatCount; ++round) {
    for (const Reason reason : kReasons) {
      for (std::size_t i = 0; i < kFormatCount; ++i) {
        if (round <= number_of(reason, i)) counters.count_answer(reason, at(i));
      }
    }
  }
  for (const Reason reason : kReasons) {
    for (std::uint64_t i = 0; i < 100 + static_cast<std::uint64_t>(reason); ++i)
      counters.count_file_sent(reason);
    for (std::uint64_t i = 0; i < 200 + static_cast<std::uint64_t>(reason); ++i)
      counters.count_file_unchanged(reason);
  }
  for (int i = 0; i < 300; ++i) counters.count_preflight_allowed();
  for (int i = 0; i < 400; ++i) counters.count_preflight_refused();
  return counters;
}

void expect_everything(const GroupCounters& counters, std::uint64_t times) {
  for (const Reason reason : kReasons) {
    for (std::size_t i = 0; i < kFormatCount; ++i)
      EXPECT_EQ(counters.answers(reason, at(i)), times * number_of(reason, i)) << to_text(at(i));
    EXPECT_EQ(counters.files_sent(reason), times * (100 + static_cast<std::uint64_t>(reason)));
    EXPECT_EQ(counters.files_unchanged(reason), times * (200 + static_cast<std::uint64_t>(reason)));
  }
  EXPECT_EQ(counters.preflights_allowed(), times * 300);
  EXPECT_EQ(counters.preflights_refused(), times * 400);
}

TEST(GroupCounters, EachKindIsCountedByItself) { expect_everything(count_everything(), 1); }

TEST(GroupCounters, AddsUpWhatWorkersCountedInDifferentOrders) {
  GroupCounters sum = count_everything();
  sum += count_everything();
  expect_everything(sum, 2);
  GroupCounters turned;  // the last kinds first
  turned.count_preflight_refused();
  turned.count_preflight_allowed();
  turned.count_file_unchanged(Reason::kFailure);
  turned.count_answer(Reason::kFailure, Format::kEventStream);
  const GroupCounters copy = turned;
  turned += count_everything();
  EXPECT_EQ(turned.preflights_refused(), 401U);
  EXPECT_EQ(turned.answers(Reason::kFailure, Format::kEventStream), 3 * kFormatCount + 1U);
  EXPECT_EQ(turned.answers(Reason::kMaintenance, Format::kJson), 1U);
  EXPECT_EQ(copy.preflights_refused(), 1U) << "a copy is its own";
  EXPECT_EQ(copy.answers(Reason::kMaintenance, Format::kJson), 0U);
}

TEST(Counters, AddUp) {
  Counters one;
  one.groups["shop"].count_answer(Reason::kMaintenance, Format::kJson);
  one.unmatched = 1;
  one.refused[0] = 2;
  one.connections = 5;
  one.connections_accepted = 7;
  one.access_log_dropped = 3;
  Counters other;
  other.groups["shop"].count_answer(Reason::kMaintenance, Format::kJson);
  other.groups["docs"].count_preflight_allowed();
  other.unmatched = 10;
  other.refused[0] = 20;
  other.refused[http::kFaultCount - 1] = 1;
  other.connections = -2;
  other.connections_accepted = 70;
  other.access_log_dropped = 30;
  one += other;
  EXPECT_EQ(one.groups.at("shop").answers(Reason::kMaintenance, Format::kJson), 2U);
  EXPECT_EQ(one.groups.at("docs").preflights_allowed(), 1U);
  EXPECT_EQ(one.groups.size(), 2U);
  EXPECT_EQ(one.unmatched, 11U);
  EXPECT_EQ(one.refused[0], 22U);
  EXPECT_EQ(one.refused[http::kFaultCount - 1], 1U);
  EXPECT_EQ(one.connections, 3);
  EXPECT_EQ(one.connections_accepted, 77U);
  EXPECT_EQ(one.access_log_dropped, 33U);
}

TEST(Format, HasANameEach) {
  EXPECT_EQ(to_text(Format::kJson), "json");
  EXPECT_EQ(to_text(Format::kEventStream), "event-stream");
}

TEST(Counters, AddUpDecisionsAndUsesOfPasses) {
  Counters one;
  one.groups["shop"].count_decision(Cause::kWaiting);
  one.pass_uses["p-1"] = {2, WallTime(std::chrono::seconds(5))};
  Counters other;
  other.groups["shop"].count_decision(Cause::kWaiting);
  other.groups["shop"].count_decision(Cause::kOpen);
  other.pass_uses["p-1"] = {3, WallTime(std::chrono::seconds(4))};
  other.pass_uses["p-2"] = {1, WallTime(std::chrono::seconds(9))};
  one += other;
  EXPECT_EQ(one.groups.at("shop").decisions(Cause::kWaiting), 2U);
  EXPECT_EQ(one.groups.at("shop").decisions(Cause::kOpen), 1U);
  EXPECT_EQ(one.groups.at("shop").decisions(Cause::kPass), 0U);
  EXPECT_EQ(one.pass_uses.at("p-1"), (PassUse{5, WallTime(std::chrono::seconds(5))}));
  EXPECT_EQ(one.pass_uses.at("p-2").count, 1U);
}

TEST(Causes, HaveWordsOfTheirOwn) {
  EXPECT_EQ(to_text(Cause::kOpen), "open");
  EXPECT_EQ(to_text(Cause::kAdmitted), "admitted");
  EXPECT_EQ(to_text(Cause::kMaintenance), "maintenance");
  EXPECT_EQ(to_text(Cause::kWaiting), "waiting");
  EXPECT_TRUE(passes(Cause::kAdmitted));
  EXPECT_FALSE(passes(Cause::kMaintenance));
}

}  // namespace
}  // namespace understudy::model
