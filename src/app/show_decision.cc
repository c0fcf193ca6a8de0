#include "app/show_decision.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "answer/client_address.h"
#include "answer/question.h"
#include "base/text.h"
#include "http/cookies.h"

namespace understudy::app {
namespace {

using answer::Question;
using model::GatePolicy;

/// Networks that no client of the internet comes from (RFC 1918, RFC 4193, RFC 6598, loopback).
bool is_private(const answer::Address& address) {
  static const std::vector<model::Network> kPrivate = [] {
    std::vector<model::Network> networks;
    for (const std::string_view text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                        "127.0.0.0/8", "::1", "fc00::/7"}) {
      networks.push_back(model::parse_network(text).value());
    }
    return networks;
  }();
  for (const model::Network& network : kPrivate) {
    if (network.contains(address)) return true;
  }
  return false;
}

std::string network_sentence(const Question& question, const GatePolicy& gate,
                             const model::Snapshot& snapshot) {
  if (gate.networks.empty()) return "address: the group names no networks ([groups.NAME.bypass] networks)";
  if (!question.client) return "address: none is known, so no network can let the client through";
  const std::string address = answer::to_text(*question.client);
  const std::size_t found = gate.networks.find(*question.client);
  if (found != model::NetworkSet::kNone)
    return fmt::format("address: {} is in {}", address, gate.networks.text(found));
  const std::string none =
      fmt::format("address: {} is in no network of the group ({})", address, gate.networks.all().size());
  if (snapshot.trusts(*question.client))
    return none + "; it is a trusted proxy's: that proxy does not say in X-Forwarded-For whom it asks for";
  if (is_private(*question.client))
    return none +
           "; if it is a proxy's, server.trusted_proxies must name it, or X-Forwarded-For counts for nothing";
  return none;
}

std::string value_sentence(std::string_view what, const model::Credential& credential,
                           std::string_view value) {
  if (credential.name.empty())
    return fmt::format("{0}: the group knows no bypass {0} ([groups.NAME.bypass] {0})", what);
  if (value.data() == nullptr) return fmt::format("{}: {} did not come", what, credential.name);
  if (iequals(value, "false"))
    return fmt::format("{}: {} says \"false\", which takes every right away", what, credential.name);
  if (value == credential.value)
    return fmt::format("{}: {} has the value that lets it through", what, credential.name);
  // The value is a secret where it isn't the usual one.
  return credential.value == model::Credential{}.value
             ? fmt::format("{}: {} is not \"true\"", what, credential.name)
             : fmt::format("{}: {} has another value than the one that lets through", what, credential.name);
}

std::string pass_sentence(const Question& question, const model::Group& group,
                          const model::Snapshot& snapshot, WallTime now) {
  std::string_view token = question.pass;
  if (token.empty()) token = http::find_cookie(question.cookies, model::kPassCookie);
  if (token.empty()) return "pass: none came";
  if (iequals(token, "false")) return "pass: it says \"false\", which takes every right away";
  if (snapshot.passes == nullptr) return "pass: no pass was ever given here";
  const auto verified = snapshot.passes->verify(token, group.id, now);
  if (verified.fault != model::PassFault::kNone) return fmt::format("pass: {}", to_text(verified.fault));
  return fmt::format("pass: {} is in force", verified.id);
}

/// "X-Bypass: true" as well as "true" alone.
std::string_view header_value(std::string_view given, const model::Credential& header) {
  if (given.empty()) return {};
  const auto colon = given.find(':');
  if (colon != std::string_view::npos && iequals(given.substr(0, colon), header.name))
    return trim(given.substr(colon + 1));
  return given;
}

}  // namespace

control::DecisionShown show_decision(const control::DecisionQuery& query, const model::Snapshot& snapshot,
                                     WallTime now) {
  const std::size_t index = snapshot.table->find(query.group);
  const model::Group& group = snapshot.table->group(index);
  const model::GroupState& state = snapshot.states[index];
  Question question;
  question.method = query.method;
  question.target = query.target;
  if (!query.ip.empty()) question.client = answer::parse_address(query.ip);
  question.cookies = query.cookie;
  question.header = header_value(query.header, group.gate->header);
  question.pass = query.pass;
  const answer::Decision decision = answer::decide(question, group, state, snapshot, now);

  control::DecisionShown shown;
  shown.blocked = decision.blocked();
  shown.mode = state.mode;
  shown.cause = decision.cause;
  shown.detail = decision.detail;
  shown.explanation = answer::explain(decision, question);
  shown.wait = decision.wait;
  shown.rights.push_back(network_sentence(question, *group.gate, snapshot));
  shown.rights.push_back(value_sentence("cookie", group.gate->cookie,
                                        http::find_cookie(question.cookies, group.gate->cookie.name)));
  shown.rights.push_back(value_sentence("header", group.gate->header, question.header));
  shown.rights.push_back(pass_sentence(question, group, snapshot, now));
  return shown;
}

}  // namespace understudy::app
