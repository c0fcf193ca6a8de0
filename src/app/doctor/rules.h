#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/doctor/visit.h"

namespace understudy::app::doctor {

enum class Severity : std::uint8_t {
  kFinding,  ///< JavaScript is blinded or misled, or somebody reads who should not
  kAdvice,
};

/// One thing to change, in plain English.
struct Finding {
  std::string code;  ///< stable: "origin-missing"; docs/doctor.md lists them
  Severity severity = Severity::kFinding;
  std::string on;                  ///< "preflight", "request", or empty
  std::vector<Credentials> modes;  ///< in which it holds
  std::string seen;
  std::string so;
  std::string change;
};

/// Everything that is to be said about a page's visits, one for each credentials mode, and about what a
/// stranger got (null: not asked). Findings first; what holds in both modes is said once.
[[nodiscard]] std::vector<Finding> find(const Page& page, const std::vector<Visit>& visits,
                                        const Exchange* stranger);

/// "fetch rejects with TypeError …": a verdict in words.
[[nodiscard]] std::string describe(const Visit& visit);

// The parts of find().

/// Why the visit gave the script nothing.
[[nodiscard]] std::vector<Finding> explain_troubles(const Page& page, const Visit& visit);
/// What is wrong with the answer itself.
[[nodiscard]] std::vector<Finding> judge_answer(const Page& page, const Visit& visit);
/// Who else may read, and what caches make of it.
[[nodiscard]] std::vector<Finding> judge_sharing(const Page& page, const Visit& visit,
                                                 const Exchange* stranger);

}  // namespace understudy::app::doctor
