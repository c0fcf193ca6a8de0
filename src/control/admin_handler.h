#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "http/handler.h"

namespace understudy::control {

/// Answers on the admin listener: metrics and health. Threads: the control thread.
class AdminHandler final : public http::Handler {
 public:
  /// `metrics` renders them at the moment it is called.
  AdminHandler(const Clock& clock, std::function<std::string()> metrics);

  void answer(const http::Request& request, http::Reply& reply) override;
  void refuse(http::Fault fault, const http::Request& partial, http::Reply& reply) override;
  void connection_opened() override {}
  void connection_closed() override {}

 private:
  void reply_with(const http::Request& request, unsigned status, std::string_view phrase,
                  std::string_view type, const std::string& body, http::Reply& reply) const;

  const Clock& clock_;
  const std::function<std::string()> metrics_;
};

}  // namespace understudy::control
