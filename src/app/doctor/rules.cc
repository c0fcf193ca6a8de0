#include "app/doctor/rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace understudy::app::doctor {
namespace {

using Outcome = Verdict::Outcome;
using Body = Verdict::Body;

void add(std::vector<Finding>& all, Finding finding, Credentials mode) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const Finding& one) {
    return one.code == finding.code && one.on == finding.on && one.seen == finding.seen &&
           one.so == finding.so;
  });
  if (same != all.end()) {
    if (std::find(same->modes.begin(), same->modes.end(), mode) == same->modes.end())
      same->modes.push_back(mode);
    // With credentials more has to be sent, and that is enough without them too.
    if (mode == Credentials::kInclude) same->change = std::move(finding.change);
    return;
  }
  finding.modes = {mode};
  all.push_back(std::move(finding));
}

std::string describe_resolved(const Visit& visit) {
  const Verdict& verdict = visit.verdict;
  std::string text = fmt::format("fetch gives status {}", verdict.status);
  switch (verdict.body) {
    case Body::kWhole:
      return text + ", the body can be read";
    case Body::kCut:
      return text + ", but the body ends early: text() and json() reject with TypeError";
    case Body::kWaits:
      return text + ", but the body has not come to its end yet";
    case Body::kNone:
      break;
  }
  return text;
}

/// ", although the server sent 503": what stays hidden.
std::string describe_hidden(const Visit& visit) {
  const Exchange* last = visit.last();
  if (last == nullptr) return ": the browser does not even ask";
  if (!last->answer.answered) return ": no answer";
  if (last->asked.purpose == Purpose::kPreflight)
    return fmt::format(
        ": the preflight fails, so the {} is never sent",
        visit.last()->asked.headers.empty()
            ? std::string("request")
            : combined(last->asked.headers, "Access-Control-Request-Method").value_or("request"));
  return fmt::format(": nothing of the {} that came can be read", last->answer.response.status);
}

}  // namespace

std::vector<Finding> find(const Page& page, const std::vector<Visit>& visits, const Exchange* stranger) {
  std::vector<Finding> all;
  for (const Visit& visit : visits) {
    for (auto* part : {&explain_troubles, &judge_answer}) {
      for (Finding& finding : (*part)(page, visit)) add(all, std::move(finding), visit.credentials);
    }
    for (Finding& finding : judge_sharing(page, visit, stranger))
      add(all, std::move(finding), visit.credentials);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  return all;
}

std::string describe(const Visit& visit) {
  switch (visit.verdict.outcome) {
    case Outcome::kResolves:
      return describe_resolved(visit);
    case Outcome::kRejects:
      return "fetch rejects with TypeError, XMLHttpRequest has status 0" + describe_hidden(visit);
    case Outcome::kWaits:
      return "fetch waits: no answer in time, a browser gives up after minutes alone";
    case Outcome::kUnknown:
      break;
  }
  return "unknown: the redirects were not followed to their end";
}

}  // namespace understudy::app::doctor
