#include "answer/identify.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "http/test_request.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

constexpr std::string_view kGroups = R"(
[server]
trusted_proxies = ["127.0.0.0/8"]
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
hosts = ["api.shop.example"]
[groups.docs]
id = "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10"
hosts = ["docs.example", "[::1]"]
)";
constexpr std::string_view kRest = R"(
[groups.rest]
id = "0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10"
default = true
)";

constexpr std::string_view kProxy = "127.0.0.1";
constexpr std::string_view kStranger = "192.0.2.1";

/// The group's name, "-" for none.
std::string identified(const model::Snapshot& snapshot, std::string_view lines,
                       std::string_view peer = kStranger) {
  http::TestRequest request("GET / HTTP/1.1\n" + std::string(lines));
  request.get().peer.address = model::parse_network(peer)->address;
  const std::size_t index = identify(request, snapshot);
  return index == model::GroupTable::kNone ? "-" : snapshot.table->group(index).name;
}

struct Case {
  std::string_view lines;
  std::string_view group;
};

TEST(Identify, ByHeaderThenByHostThenTheDefault) {
  const auto snapshot = state::test_snapshot(std::string(kGroups) + std::string(kRest));
  const Case cases[] = {
      {"Host: api.shop.example", "shop"},
      {"Host: API.Shop.Example:8443", "shop"},
      {"Host: [::1]:8503", "docs"},
      {"Host: other.example", "rest"},
      {"Host: evil-api.shop.example", "rest"},
      {"Host: ", "rest"},
      {"Host: docs.example\nUnderstudy-Group: shop", "shop"},
      {"Host: docs.example\nX-Maintpage-Response-Group: shop", "shop"},
      {"Host: docs.example\nUnderstudy-Group: 9E428B69-47E2-48B7-A694-BB2222BF48C3", "shop"},
      // What names no group says nothing.
      {"Host: docs.example\nUnderstudy-Group: none", "docs"},
      {"Host: other.example\nUnderstudy-Group: none", "rest"},
      {"Host: docs.example\nUnderstudy-Group: ", "docs"},
      // A proxy appends its line, so the last one counts.
      {"Host: other.example\nUnderstudy-Group: docs\nUnderstudy-Group: shop", "shop"},
      {"Host: other.example\nX-Maintpage-Response-Group: docs\nUnderstudy-Group: shop", "shop"},
  };
  for (const Case& c : cases) EXPECT_EQ(identified(*snapshot, c.lines), c.group) << c.lines;
}

TEST(Identify, NobodysWithoutADefault) {
  const auto snapshot = state::test_snapshot(kGroups);
  EXPECT_EQ(identified(*snapshot, "Host: other.example"), "-");
  EXPECT_EQ(identified(*snapshot, "Host: other.example\nUnderstudy-Group: none"), "-");
  EXPECT_EQ(identified(*snapshot, "Host: api.shop.example"), "shop");
}

TEST(Identify, ForwardedHostsOfTrustedProxiesAlone) {
  const auto snapshot = state::test_snapshot(std::string(kGroups) + std::string(kRest));
  const std::string_view lines = "Host: docs.example\nX-Forwarded-Host: api.shop.example:443";
  EXPECT_EQ(identified(*snapshot, lines, kProxy), "shop");
  EXPECT_EQ(identified(*snapshot, lines, kStranger), "docs");
  EXPECT_EQ(
      identified(*snapshot, "Host: docs.example\nX-Forwarded-Host: api.shop.example, proxy.example", kProxy),
      "shop");
  EXPECT_EQ(identified(*snapshot, "Host: docs.example\nX-Forwarded-Host: unknown.example", kProxy), "rest");
  EXPECT_EQ(identified(*snapshot, "Host: docs.example\nX-Forwarded-Host: ", kProxy), "docs");
}

TEST(Identify, AnAbsoluteTargetsHostCounts) {
  const auto snapshot = state::test_snapshot(kGroups);
  const http::TestRequest request("GET http://api.shop.example/orders HTTP/1.1\nHost: docs.example");
  EXPECT_EQ(snapshot->table->group(identify(request, *snapshot)).name, "shop");
}

TEST(Identify, TrustsUnixSocketsAndConfiguredNetworks) {
  const auto snapshot = state::test_snapshot(kGroups);
  http::Peer peer;
  EXPECT_FALSE(is_trusted(peer, *snapshot));
  peer.unix_socket = true;
  EXPECT_TRUE(is_trusted(peer, *snapshot));
  peer = {};
  peer.address = model::parse_network("127.0.0.9")->address;
  EXPECT_TRUE(is_trusted(peer, *snapshot));
}

}  // namespace
}  // namespace understudy::answer
