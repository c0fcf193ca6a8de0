#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "http/handler.h"
#include "http/request.h"

namespace understudy::http {

/// Where each answer is told. Threads: one instance a worker. Must not block: what there is no room
/// for is dropped and counted.
class AccessSink {
 public:
  AccessSink() = default;
  AccessSink(const AccessSink&) = delete;
  AccessSink& operator=(const AccessSink&) = delete;
  virtual ~AccessSink() = default;
  virtual void note(const Request& request, const AnswerNote& answer, std::size_t body_bytes) = 0;
};

}  // namespace understudy::http
