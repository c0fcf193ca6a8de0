#include "state/records.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"
#include "base/json_text.h"
#include "base/text.h"
#include "http/date.h"

namespace understudy::state {
namespace {

namespace json = boost::json;

/// Writes one object, field by field; what is empty is left out.
class Writer {
 public:
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    begin(name);
    append_json_string(out_, value);
  }
  void number(std::string_view name, std::uint64_t value) {
    if (value == 0) return;
    begin(name);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void time(std::string_view name, const std::optional<WallTime>& value) {
    if (value) text(name, http::format_rfc3339_exact(*value));
  }
  void list(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    begin(name);
    char separator = '[';
    for (const std::string& value : values) {
      out_ += std::exchange(separator, ',');
      append_json_string(out_, value);
    }
    out_ += ']';
  }
  void texts(std::string_view name, const std::vector<model::OccasionText>& values) {
    if (values.empty()) return;
    Writer languages;
    for (const model::OccasionText& value : values) {
      Writer one;
      one.text("title", value.text.title);
      one.text("message", value.text.message);
      languages.object(value.tag, std::move(one));
    }
    object(name, std::move(languages));
  }
  [[nodiscard]] std::string finish() && {
    if (out_.empty()) out_ = '{';
    out_ += '}';
    return std::move(out_);
  }

 private:
  void begin(std::string_view name) {
    out_ += out_.empty() ? '{' : ',';
    append_json_string(out_, name);
    out_ += ':';
  }
  void object(std::string_view name, Writer&& value) {
    begin(name);
    out_ += std::move(value).finish();
  }

  std::string out_;
};

/// Reads one object field by field, noting the first thing wrong, and in the end what nobody asked for.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    boost::system::error_code error;
    value_ = json::parse({text.data(), text.size()}, error);
    if (error) {
      fail("", error.message());
      return;
    }
    object_ = value_.if_object();
    if (object_ == nullptr) fail("", "expected an object");
  }

  std::string text(std::string_view name) {
    const json::value* found = take(name);
    if (found == nullptr) return {};
    if (const json::string* string = found->if_string()) return std::string(*string);
    fail(name, "expected text");
    return {};
  }
  std::string required_text(std::string_view name) {
    std::string found = text(name);
    if (found.empty()) fail(name, "is missing");
    return found;
  }
  std::uint64_t number(std::string_view name) {
    const json::value* found = take(name);
    if (found == nullptr) return 0;
    boost::system::error_code error;
    const auto number = found->to_number<std::uint64_t>(error);
    if (error || found->is_double()) fail(name, "expected a number from 0");
    return number;
  }
  std::optional<WallTime> time(std::string_view name) {
    const std::string found = text(name);
    if (found.empty()) return std::nullopt;
    const auto time = http::parse_rfc3339(found);
    if (!time) fail(name, "expected a time as 2026-11-20T22:00:00Z");
    return time;
  }
  WallTime required_time(std::string_view name) {
    const auto found = time(name);
    if (!found) fail(name, "is missing");
    return found.value_or(WallTime());
  }
  /// One of `choices`, by the word that to_text() has for it.
  template <typename Choice>
  Choice choice(std::string_view name, std::initializer_list<Choice> choices) {
    return match(name, required_text(name), choices);
  }
  /// The same; the first of them where none is named.
  template <typename Choice>
  Choice choice_or(std::string_view name, std::initializer_list<Choice> choices) {
    const std::string found = text(name);
    return found.empty() ? *choices.begin() : match(name, found, choices);
  }
  std::vector<std::string> list(std::string_view name) {
    std::vector<std::string> values;
    const json::value* found = take(name);
    if (found == nullptr) return values;
    const json::array* array = found->if_array();
    if (array == nullptr) {
      fail(name, "expected a list");
      return values;
    }
    for (const json::value& value : *array) {
      const json::string* string = value.if_string();
      if (string == nullptr) {
        fail(name, "expected a list of texts");
        return values;
      }
      values.emplace_back(*string);
    }
    return values;
  }
  std::vector<model::OccasionText> texts(std::string_view name) {
    std::vector<model::OccasionText> values;
    const json::value* found = take(name);
    if (found == nullptr) return values;
    const json::object* languages = found->if_object();
    if (languages == nullptr) {
      fail(name, "expected an object");
      return values;
    }
    for (const auto& [tag, content] : *languages) {
      Reader one(content, fmt::format("{}.{}.", name, printable(std::string_view(tag))));
      values.push_back({std::string(tag), {one.text("title"), one.text("message")}});
      if (auto problem = one.finish(); problem && problem_.empty()) problem_ = problem->message;
    }
    return values;
  }
  void fail(std::string_view name, std::string_view what) {
    if (!problem_.empty()) return;
    problem_ =
        name.empty() && prefix_.empty() ? std::string(what) : fmt::format("{}{}: {}", prefix_, name, what);
  }
  /// The first thing wrong; none: all was understood.
  [[nodiscard]] std::optional<Error> finish() {
    if (object_ != nullptr) {
      for (const auto& [name, value] : *object_) {
        const bool known = std::find(taken_.begin(), taken_.end(), std::string_view(name)) != taken_.end();
        if (!known) fail(printable(std::string_view(name)), "not known; written by a newer version?");
      }
    }
    if (problem_.empty()) return std::nullopt;
    return Error{problem_};
  }

 private:
  template <typename Choice>
  Choice match(std::string_view name, std::string_view found, std::initializer_list<Choice> choices) {
    for (const Choice candidate : choices) {
      if (to_text(candidate) == found) return candidate;
    }
    fail(name, fmt::format("no known value: {}", printable(cut(found, 64))));
    return *choices.begin();
  }
  Reader(json::value value, std::string prefix) : value_(std::move(value)), prefix_(std::move(prefix)) {
    object_ = value_.if_object();
    if (object_ == nullptr)
      problem_ = fmt::format("{}: expected an object", prefix_.substr(0, prefix_.size() - 1));
  }
  const json::value* take(std::string_view name) {
    if (object_ == nullptr) return nullptr;
    taken_.push_back(name);
    return object_->if_contains({name.data(), name.size()});
  }

  json::value value_;
  const json::object* object_ = nullptr;
  std::string prefix_;
  std::vector<std::string_view> taken_;
  std::string problem_;
};

/// What was read, or what was wrong with it.
template <typename Value>
Result<Value> finish(Reader& reader, Value&& value) {
  if (auto problem = reader.finish()) return *std::move(problem);
  return {boost::system::in_place_value, std::forward<Value>(value)};
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The secret of a key; none: the text is no 32 bytes.
std::optional<std::string> read_secret(std::string_view text) {
  std::array<std::uint8_t, 32> bytes;
  if (decode_base64url(text, bytes) != bytes.size()) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

std::string encode_switch(const model::Switch& value) {
  Writer out;
  out.text("mode", to_text(value.mode));
  out.text("reason", value.reason);
  out.texts("texts", value.texts);
  out.time("since", value.since);
  out.time("until", value.until);
  out.text("by", value.by);
  out.time("closedThrough", value.closed_through);
  out.time("reopeningUntil", value.reopening_until);
  if (value.reopening_from != model::Mode::kMaintenance)
    out.text("reopeningFrom", to_text(value.reopening_from));
  return std::move(out).finish();
}

Result<model::Switch> decode_switch(std::string_view text) {
  using model::Mode;
  Reader in(text);
  model::Switch value;
  value.mode = in.choice("mode", {Mode::kOpen, Mode::kReadOnly, Mode::kMaintenance});
  value.reason = in.text("reason");
  value.texts = in.texts("texts");
  value.since = in.time("since");
  value.until = in.time("until");
  value.by = in.text("by");
  value.closed_through = in.time("closedThrough");
  value.reopening_until = in.time("reopeningUntil");
  value.reopening_from = in.choice_or("reopeningFrom", {Mode::kMaintenance, Mode::kReadOnly});
  return finish(in, std::move(value));
}

std::string encode_window(const model::Window& window) {
  Writer out;
  out.text("id", window.id);
  out.text("title", window.title);
  out.list("groups", window.groups);
  out.text("mode", to_text(window.mode));
  out.text("zone", window.zone);
  out.text("start", window.start);
  out.text("end", window.end);
  out.text("rule", window.rule);
  out.list("except", window.except);
  out.text("atEnd", to_text(window.at_end));
  out.texts("texts", window.texts);
  out.text("reason", window.reason);
  out.text("by", window.by);
  out.time("created", window.created);
  return std::move(out).finish();
}

Result<model::Window> decode_window(std::string_view text) {
  Reader in(text);
  model::Window window;
  window.id = in.required_text("id");
  window.title = in.text("title");
  window.groups = in.list("groups");
  if (window.groups.empty()) in.fail("groups", "is missing");
  window.mode = in.choice("mode", {model::Mode::kReadOnly, model::Mode::kMaintenance});
  window.zone = in.required_text("zone");
  window.start = in.required_text("start");
  window.end = in.required_text("end");
  window.rule = in.text("rule");
  window.except = in.list("except");
  window.at_end = in.choice("atEnd", {model::AtEnd::kReopen, model::AtEnd::kStay});
  window.texts = in.texts("texts");
  window.reason = in.text("reason");
  window.by = in.text("by");
  window.created = in.required_time("created");
  return finish(in, std::move(window));
}

std::string encode_token(const model::Token& token) {
  Writer out;
  out.text("id", token.id);
  out.text("label", token.label);
  out.text("scope", to_text(token.scope));
  out.list("groups", token.groups);
  out.text("hash", token.hash);
  out.time("created", token.created);
  out.time("expires", token.expires);
  out.time("lastUsed", token.last_used);
  out.text("by", token.by);
  return std::move(out).finish();
}

Result<model::Token> decode_token(std::string_view text) {
  using model::Scope;
  Reader in(text);
  model::Token token;
  token.id = in.required_text("id");
  token.label = in.text("label");
  token.scope = in.choice("scope", {Scope::kViewer, Scope::kOperator, Scope::kAdmin});
  token.groups = in.list("groups");
  token.hash = in.required_text("hash");
  if (!is_hex(token.hash, 64)) in.fail("hash", "expected 64 hexadecimal digits");
  token.created = in.required_time("created");
  token.expires = in.time("expires");
  token.last_used = in.time("lastUsed");
  token.by = in.text("by");
  return finish(in, std::move(token));
}

std::string encode_pass(const model::Pass& pass) {
  Writer out;
  out.text("id", pass.id);
  out.text("group", pass.group);
  out.text("label", pass.label);
  out.time("created", pass.created);
  out.time("expires", pass.expires);
  out.text("by", pass.by);
  out.number("uses", pass.uses);
  out.time("lastUsed", pass.last_used);
  out.text("key", pass.key);
  return std::move(out).finish();
}

Result<model::Pass> decode_pass(std::string_view text) {
  Reader in(text);
  model::Pass pass;
  pass.id = in.required_text("id");
  if (!pass.id.starts_with("p-") || !is_hex(std::string_view(pass.id).substr(2), 16))
    in.fail("id", "expected p- and 16 hexadecimal digits");
  pass.group = in.required_text("group");
  pass.label = in.text("label");
  pass.created = in.required_time("created");
  pass.expires = in.required_time("expires");
  pass.by = in.text("by");
  pass.uses = in.number("uses");
  pass.last_used = in.time("lastUsed");
  pass.key = in.required_text("key");
  return finish(in, std::move(pass));
}

std::string encode_pass_key(const model::PassKey& key) {
  Writer out;
  out.text("id", key.id);
  out.text("secret", base64url(key.secret));
  out.time("created", key.created);
  return std::move(out).finish();
}

Result<model::PassKey> decode_pass_key(std::string_view text) {
  Reader in(text);
  model::PassKey key;
  key.id = in.required_text("id");
  if (!is_hex(key.id, 8)) in.fail("id", "expected 8 hexadecimal digits");
  if (auto secret = read_secret(in.required_text("secret"))) {
    key.secret = std::move(*secret);
  } else {
    in.fail("secret", "expected 32 bytes in base64url");
  }
  key.created = in.required_time("created");
  return finish(in, std::move(key));
}

}  // namespace understudy::state
