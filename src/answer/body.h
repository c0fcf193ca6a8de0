#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "answer/negotiate.h"
#include "model/group.h"

namespace understudy::answer {

/// All that a body is made of. Nothing here changes with the clock, so that a body is rendered once.
struct BodyInput {
  const model::Texts& texts;
  model::Reason reason;
  std::size_t language;  ///< index into the languages offered for the reason
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  std::chrono::seconds retry_after;
  const model::PageDir* page;  ///< the operator's own HTML, or null

  [[nodiscard]] const model::LanguageSet::Language& spoken() const {
    return texts.offered(reason).languages[language];
  }
  [[nodiscard]] const model::Text& text() const { return texts.text(reason, language); }
};

/// The body in one format, uncompressed. Every text is escaped as its format asks.
[[nodiscard]] std::string render_body(Format format, const BodyInput& input);

/// Appends `,"name":{…}`, a map by language: what the operator wrote, or, where nothing, the negotiated
/// language and English.
void append_text_map(std::string& out, std::string_view name, const BodyInput& input,
                     std::string model::Text::*part);

/// The value of Content-Type; empty for gRPC, which answers in the request's own type.
[[nodiscard]] std::string_view content_type(Format format);

/// The gRPC status and message (gRPC over HTTP/2, "Responses"): header lines, the message percent-encoded.
[[nodiscard]] std::string grpc_lines(const model::Text& text);

/// Text for XML and HTML: markup characters escaped, characters that XML 1.0 has no place for replaced.
void append_markup(std::string& out, std::string_view text);

}  // namespace understudy::answer
