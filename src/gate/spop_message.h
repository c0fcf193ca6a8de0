#pragma once

#include <optional>
#include <string_view>

#include "answer/question.h"

namespace understudy::gate {

/// What the message `understudy` of a NOTIFY asks. Views into the payload.
struct SpopQuestion {
  std::string_view group;
  std::string_view host;
  answer::Question question;
};

/// What a NOTIFY holds. Messages of other names and arguments that are not known are passed over.
struct SpopNotify {
  bool well_formed = false;
  std::optional<SpopQuestion> asked;  ///< none: no message is for us
};

[[nodiscard]] SpopNotify parse_notify(std::string_view payload);

}  // namespace understudy::gate
