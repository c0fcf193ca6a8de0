#include "control/api_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/api_requests.h"

namespace understudy::control {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr WallTime kNow = WallTime(seconds(1'800'000'000));  // 2027-01-15T08:00:00Z

TEST(ApiJson, StatusTellsWhoHoldsAGroup) {
  state::GroupStatus status;
  status.group = "shop";
  status.id = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
  status.mode = model::Mode::kMaintenance;
  status.lifecycle = model::Lifecycle::kOverdue;
  status.since = kNow;
  status.by = "deploy (uid 1000)";
  status.texts = {{"en", {"Down", ""}}};
  model::Holder holder;
  holder.kind = model::Holder::Kind::kWindow;
  holder.id = "w-1";
  holder.overdue = true;
  status.holders = {holder};
  status.next = model::NextWindow{"w-2", "Upgrade", model::Mode::kReadOnly, kNow, kNow + seconds(60), {}};
  const json::value expected = json::parse(R"json({
    "group": "shop", "id": "9e428b69-47e2-48b7-a694-bb2222bf48c3", "source": "file", "mode": "maintenance",
    "lifecycle": "overdue", "since": "2027-01-15T08:00:00Z", "until": null, "by": "deploy (uid 1000)", "reason": "",
    "holders": [{"kind": "window", "id": "w-1", "mode": "maintenance", "since": null, "until": null, "overdue": true}],
    "next": {"window": "w-2", "title": "Upgrade", "mode": "read-only", "start": "2027-01-15T08:00:00Z",
             "end": "2027-01-15T08:01:00Z"},
    "reopeningUntil": null, "texts": {
    "en" : { "title" : "Down", "message" : "" }}
})json");
  EXPECT_EQ(json::value(to_json(status)), expected);
}

TEST(ApiJson, ATokenNeverShowsItsHash) {
  model::Token token;
  token.id = "t-1";
  token.hash = "c0ffee";
  EXPECT_EQ(json::serialize(to_json(token)).find("c0ffee"), std::string::npos);
}

TEST(ApiJson, TheTrailShowsWhatItHolds) {
  state::AuditEntry entry{
      7, {kNow, "root (uid 0)", "unix socket", "mode.set", "shop", "", R"({"mode":"open"})"}};
  const json::value expected = json::parse(R"json({
    "id": 7, "at": "2027-01-15T08:00:00Z", "who": "root (uid 0)", "from": "unix socket", "action": "mode.set",
    "target": "shop", "before": null, "after": {
    "mode" : "open"}
})json");
  EXPECT_EQ(json::value(to_json(entry)), expected);
  entry.note.after = "no JSON";
  EXPECT_EQ(to_json(entry).at("after"), json::value("no JSON"));
}

TEST(ApiJson, AWindowThatIsWrittenIsReadTheSame) {
  model::Window window;
  window.title = "Upgrade";
  window.groups = {"shop", "docs"};
  window.zone = "Europe/Berlin";
  window.start = "2027-02-01T02:00:00";
  window.end = "2027-02-01T04:00:00";
  window.rule = "FREQ=DAILY";
  window.except = {"2027-02-02T02:00:00"};
  window.at_end = model::AtEnd::kStay;
  window.texts = {{"de", {"Wartung", "Bald"}}};
  window.reason = "r";
  const auto read = read_window(writable_json(window), kNow);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, window);
}

// The cases of RFC 7396, appendix A, whose target and patch are objects.
}  // namespace
}  // namespace understudy::control
