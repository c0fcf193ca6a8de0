#include "answer/decide.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "http/test_request.h"
#include "model/network.h"

namespace understudy::answer {
namespace {

using model::Mode;
using model::Reason;

struct Case {
  std::string_view request;
  Mode mode;
  Reason reason;
};

Reason reason_of(const Case& c, std::string_view peer, std::string_view reason_header) {
  const std::string_view method = c.request.substr(0, c.request.find('\n'));
  const std::string lines(c.request.substr(method.size()));
  http::TestRequest request(std::string(method) + " / HTTP/1.1\nHost: a" + lines);
  if (peer == "unix") {
    request.get().peer.unix_socket = true;
  } else {
    request.get().peer.address = model::parse_network(peer)->address;
  }
  model::Snapshot snapshot;
  snapshot.trusted_proxies = {*model::parse_network("127.0.0.0/8")};
  snapshot.reason_header = reason_header;
  model::Group group;
  group.gate = std::make_shared<const model::GatePolicy>();
  model::GroupState state;
  state.mode = c.mode;
  return announce(request, group, state, snapshot, WallTime{}).reason;
}

constexpr std::string_view kProxy = "127.0.0.1";
constexpr std::string_view kStranger = "192.0.2.1";

TEST(Decide, ByTheGroupsMode) {
  const Case cases[] = {
      {"GET", Mode::kMaintenance, Reason::kMaintenance},
      {"POST", Mode::kMaintenance, Reason::kMaintenance},
      {"GET", Mode::kOpen, Reason::kFailure},
      {"DELETE", Mode::kOpen, Reason::kFailure},
      {"POST", Mode::kReadOnly, Reason::kReadOnly},
      {"PUT", Mode::kReadOnly, Reason::kReadOnly},
      {"PATCH", Mode::kReadOnly, Reason::kReadOnly},
      {"DELETE", Mode::kReadOnly, Reason::kReadOnly},
      {"GET", Mode::kReadOnly, Reason::kFailure},
      {"HEAD", Mode::kReadOnly, Reason::kFailure},
  };
  for (const Case& c : cases) EXPECT_EQ(reason_of(c, kProxy, ""), c.reason) << c.request;
}

TEST(Decide, ATrustedProxysWordGoesFirst) {
  const Case cases[] = {
      {"GET\nUnderstudy-Reason: maintenance", Mode::kOpen, Reason::kMaintenance},
      {"GET\nUnderstudy-Reason: failure", Mode::kMaintenance, Reason::kFailure},
      {"GET\nUnderstudy-Reason: read-only", Mode::kMaintenance, Reason::kReadOnly},
      {"GET\nUnderstudy-Reason: MAINTENANCE", Mode::kOpen, Reason::kMaintenance},
      // The proxy's own line comes last.
      {"GET\nUnderstudy-Reason: failure\nUnderstudy-Reason: maintenance", Mode::kOpen, Reason::kMaintenance},
      // What is no reason says nothing.
      {"GET\nUnderstudy-Reason: open", Mode::kMaintenance, Reason::kMaintenance},
      {"GET\nUnderstudy-Reason: ", Mode::kMaintenance, Reason::kMaintenance},
      {"GET\nUnderstudy-Reason: maintenance2", Mode::kOpen, Reason::kFailure},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(reason_of(c, kProxy, ""), c.reason) << c.request;
    EXPECT_EQ(reason_of(c, "unix", ""), c.reason) << c.request;
  }
}

TEST(Decide, AStrangersWordCountsForNothing) {
  EXPECT_EQ(reason_of({"GET\nUnderstudy-Reason: maintenance", Mode::kOpen, {}}, kStranger, ""),
            Reason::kFailure);
  EXPECT_EQ(reason_of({"GET\nX-SST-Backend: maintenance", Mode::kOpen, {}}, kStranger, "X-SST-Backend"),
            Reason::kFailure);
}

TEST(Decide, FindsTheReasonInAServersName) {
  const Case cases[] = {
      {"GET\nX-SST-Backend: sst_maintenance_1", Mode::kOpen, Reason::kMaintenance},
      {"GET\nx-sst-backend: Failure", Mode::kMaintenance, Reason::kFailure},
      {"GET\nX-SST-Backend: app1", Mode::kMaintenance, Reason::kMaintenance},
      {"GET\nX-Other: maintenance", Mode::kOpen, Reason::kFailure},
      {"GET\nX-SST-Backend: failure\nX-SST-Backend: maintenance", Mode::kOpen, Reason::kMaintenance},
      {"GET\nUnderstudy-Reason: failure\nX-SST-Backend: maintenance", Mode::kOpen, Reason::kFailure},
  };
  for (const Case& c : cases) EXPECT_EQ(reason_of(c, kProxy, "X-SST-Backend"), c.reason) << c.request;
  EXPECT_EQ(reason_of({"GET\nX-SST-Backend: maintenance", Mode::kOpen, {}}, kProxy, ""), Reason::kFailure)
      << "a header that nobody configured";
}

}  // namespace
}  // namespace understudy::answer
