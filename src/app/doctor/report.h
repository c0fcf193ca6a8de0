#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/output.h"
#include "app/doctor/rules.h"

namespace understudy::app::doctor {

/// Everything that one call of `doctor` found out.
struct Report {
  Page page;
  std::vector<Visit> visits;
  std::vector<Finding> findings;
  std::size_t requests = 0;  ///< that were sent
  bool insecure = false;     ///< certificates were not looked at
};

[[nodiscard]] bool has_findings(const Report& report);

/// For a person: what was asked, what JavaScript sees in each mode, and each finding with what to change.
/// Wrapped where a width is known.
[[nodiscard]] std::string render(const Report& report, const cli::Screen& screen);

/// The same for a program, on one line (docs/doctor.md).
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace understudy::app::doctor
