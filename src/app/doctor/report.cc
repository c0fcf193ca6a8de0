#include "app/doctor/report.h"

#include <algorithm>

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli/table.h"
#include "base/text.h"

namespace understudy::app::doctor {
namespace {

namespace json = boost::json;
using cli::Paint;
using Outcome = Verdict::Outcome;

constexpr std::size_t kIndent = 10;

const char* name_of(Credentials credentials) {
  return credentials == Credentials::kInclude ? "include" : "omit";
}

const char* words_of(Credentials credentials) {
  return credentials == Credentials::kInclude ? "with credentials" : "without credentials";
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kResolves:
      return "resolves";
    case Outcome::kRejects:
      return "rejects";
    case Outcome::kWaits:
      return "waits";
    case Outcome::kUnknown:
      break;
  }
  return "unknown";
}

const char* name_of(Verdict::Body body) {
  switch (body) {
    case Verdict::Body::kWhole:
      return "whole";
    case Verdict::Body::kCut:
      return "cut";
    case Verdict::Body::kWaits:
      return "waits";
    case Verdict::Body::kNone:
      break;
  }
  return "none";
}

const char* name_of(Severity severity) { return severity == Severity::kFinding ? "finding" : "advice"; }

/// `text` in lines of at most `width` columns, all but the first indented.
std::string wrapped(std::string_view text, std::size_t indent, std::optional<std::size_t> width) {
  if (!width || *width < indent + 20) return std::string(text);
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    const std::size_t size = cli::display_width(word);
    if (column > indent && column + 1 + size > *width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += size;
  }
  return out;
}

/// "  seen    …"
std::string labelled(std::string_view label, std::string_view text, const cli::Screen& screen, Paint paint) {
  return fmt::format("  {}{}\n",
                     cli::painted(fmt::format("{:<{}}", label, kIndent - 2), paint, screen.colour),
                     wrapped(cli::display_text(text), kIndent, screen.width));
}

Paint paint_of(const Verdict& verdict) {
  if (verdict.outcome == Outcome::kRejects) return Paint::kRed;
  const bool fine = verdict.outcome == Outcome::kResolves && verdict.body == Verdict::Body::kWhole;
  return fine ? Paint::kGreen : Paint::kYellow;
}

std::string verdict_lines(const Report& report, const cli::Screen& screen) {
  constexpr std::size_t kColumn = 21;
  std::string out;
  for (const Visit& visit : report.visits) {
    const std::string label = fmt::format("{:<{}}", words_of(visit.credentials), kColumn);
    out += cli::painted(label, Paint::kBold, screen.colour);
    out += cli::painted(wrapped(describe(visit), kColumn, screen.width), paint_of(visit.verdict),
                        screen.colour) +
           "\n";
    if (visit.verdict.outcome != Outcome::kResolves) continue;
    const Exposure& headers = visit.verdict.headers;
    const auto line = [&](std::string_view what, const std::vector<std::string>& names) {
      if (names.empty()) return;
      const std::string text = fmt::format("{} {}", what, fmt::join(names, ", "));
      out += std::string(kColumn, ' ') + wrapped(cli::display_text(text), kColumn, screen.width) + "\n";
    };
    line("readable headers:", headers.readable);
    line("hidden headers:", headers.hidden);
  }
  return out;
}

std::string modes_text(const Report& report, const Finding& finding) {
  if (report.visits.size() < 2 || finding.modes.size() != 1) return {};
  return fmt::format(", {}", words_of(finding.modes.front()));
}

std::string finding_text(const Report& report, const Finding& finding, const cli::Screen& screen) {
  const bool bad = finding.severity == Severity::kFinding;
  const std::string where =
      finding.on.empty() ? "" : fmt::format(" in the {}", finding.on == "preflight" ? "preflight" : "answer");
  std::string out =
      "\n" + cli::painted(bad ? "finding" : "advice", bad ? Paint::kRed : Paint::kYellow, screen.colour);
  out += " " + cli::painted(finding.code, Paint::kBold, screen.colour) +
         cli::painted(where + modes_text(report, finding), Paint::kDim, screen.colour) + "\n";
  out += labelled("seen", finding.seen, screen, Paint::kDim);
  out += labelled("so", finding.so, screen, Paint::kDim);
  return out + labelled("change", finding.change, screen, Paint::kCyan);
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string summary(const Report& report, const cli::Screen& screen) {
  const auto bad = static_cast<std::size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [](const Finding& one) { return one.severity == Severity::kFinding; }));
  const std::size_t advice = report.findings.size() - bad;
  std::string text = bad == 0 ? "nothing found" : counted(bad, "finding", "findings");
  if (advice > 0) text += fmt::format(", {}", counted(advice, "piece of advice", "pieces of advice"));
  text += fmt::format("; {} sent", counted(report.requests, "request", "requests"));
  if (report.insecure) text += "; certificates were not looked at (--insecure), browsers do look";
  return "\n" + cli::painted(text, bad > 0 ? Paint::kRed : Paint::kGreen, screen.colour) + "\n";
}

template <typename Names>
json::array strings(const Names& names) {
  json::array out;
  for (const auto& name : names) out.emplace_back(name);
  return out;
}

/// Headers may hold bytes that are no UTF-8, JSON may not.
json::string clean(std::string_view text) { return json::string(cli::display_text(text)); }

json::object exchange_json(const Exchange& exchange) {
  json::object out;
  out["purpose"] = exchange.asked.purpose == Purpose::kPreflight ? "preflight" : "request";
  out["method"] = clean(exchange.asked.method);
  out["url"] = clean(to_text(exchange.asked.url));
  if (exchange.answer.answered) out["status"] = exchange.answer.response.status;
  if (exchange.answer.fault != net::ClientFault::kNone) out["error"] = clean(exchange.answer.message);
  return out;
}

json::object visit_json(const Visit& visit) {
  json::object out;
  out["credentials"] = name_of(visit.credentials);
  out["outcome"] = name_of(visit.verdict.outcome);
  out["status"] = visit.verdict.status;
  out["body"] = name_of(visit.verdict.body);
  out["readableHeaders"] = strings(visit.verdict.headers.readable);
  out["hiddenHeaders"] = strings(visit.verdict.headers.hidden);
  json::array exchanges;
  for (const Exchange& exchange : visit.exchanges) exchanges.push_back(exchange_json(exchange));
  out["exchanges"] = std::move(exchanges);
  return out;
}

json::object finding_json(const Finding& finding) {
  json::object out;
  out["code"] = finding.code;
  out["severity"] = name_of(finding.severity);
  if (!finding.on.empty()) out["on"] = finding.on;
  json::array modes;
  for (const Credentials mode : finding.modes) modes.emplace_back(name_of(mode));
  out["credentials"] = std::move(modes);
  out["seen"] = clean(finding.seen);
  out["so"] = clean(finding.so);
  out["change"] = clean(finding.change);
  return out;
}

}  // namespace

bool has_findings(const Report& report) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [](const Finding& one) { return one.severity == Severity::kFinding; });
}

std::string render(const Report& report, const cli::Screen& screen) {
  std::string out = verdict_lines(report, screen);
  for (const Finding& finding : report.findings) out += finding_text(report, finding, screen);
  return out + summary(report, screen);
}

std::string to_json(const Report& report) {
  json::object out;
  out["url"] = clean(to_text(report.page.url));
  out["origin"] = clean(report.page.origin);
  out["method"] = clean(report.page.method);
  out["requests"] = report.requests;
  json::array verdicts;
  for (const Visit& visit : report.visits) verdicts.push_back(visit_json(visit));
  out["verdicts"] = std::move(verdicts);
  json::array findings;
  for (const Finding& finding : report.findings) findings.push_back(finding_json(finding));
  out["findings"] = std::move(findings);
  return json::serialize(out) + "\n";
}

}  // namespace understudy::app::doctor
